"""An endpoint that is told things, and the service on this machine behind it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from tests.make import entered
from tests.servers.upstream import Upstream, upstream
from tests.servers.upstream_answers import reply
from webapp.infra.database import db, unit_of_work
from webapp.webhooks.courier import Courier
from webapp.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flask import Flask

    from tests.servers.upstream import Answer, Received

LOOPBACK: Final = {"WEBHOOKS_ALLOW_NETWORKS": "127.0.0.0/8"}
ACTOR: Final = "a" * 26
# What the service answers where a test says nothing else.
TAKEN: Final = reply(status=204)


@dataclass(frozen=True, slots=True)
class MadeEndpoint:
    """An endpoint that is there, with the secret that its receiver knows."""

    id: str
    secret: str


@dataclass
class Receiver:
    """The application, and a service at `/hook` that takes everything until `answers` says otherwise."""

    app: Flask
    service: Upstream
    endpoint: MadeEndpoint

    def answers(self, answer: Answer) -> None:
        """How the next messages are answered."""
        self.service.on("/hook", answer)

    def send(self) -> tuple[int, int]:
        """Send what is due: how many were delivered, and how many were not."""
        return send_all(self.app)

    @property
    def received(self) -> list[Received]:
        """What arrived, in order."""
        return self.service.requests

    def told(self) -> list[dict[str, Any]]:
        """The messages that arrived."""
        return [json.loads(each.body) for each in self.received]


def make_endpoint(
    app: Flask, url: str, *, events: Sequence[str] = ("account.locked",), name: str = "Billing"
) -> MadeEndpoint:
    """An endpoint, made by the product's own functions."""
    from webapp.webhooks.service import create_endpoint
    from webapp.webhooks.words import require_words

    with entered(app), unit_of_work():
        endpoint, secret = create_endpoint(require_words(name, url, list(events)), actor_id=ACTOR)
        return MadeEndpoint(endpoint.id, secret)


@contextmanager
def start_receiving(app: Flask, *, events: Sequence[str] = ("account.locked",)) -> Iterator[Receiver]:
    """The application must have been made with LOOPBACK."""
    with upstream() as service:
        service.on("/hook", TAKEN)
        yield Receiver(app, service, make_endpoint(app, f"{service.url}/hook", events=events))


def queue_test(app: Flask, endpoint_id: str) -> str:
    """A test on its way; the message's id."""
    from webapp.webhooks.service import send_test

    with entered(app), unit_of_work():
        return send_test(endpoint_id, actor_id=ACTOR)


def send_all(app: Flask) -> tuple[int, int]:
    """Send what is due, as `flask worker --once` does."""
    with app.app_context():
        return Courier().run_round()


def messages(app: Flask) -> list[WebhookMessage]:
    """Every message, oldest first."""
    with entered(app), unit_of_work(writes=False):
        query = select(WebhookMessage).order_by(WebhookMessage.created_at)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def attempts(app: Flask) -> list[WebhookAttempt]:
    """Every attempt, oldest first."""
    with entered(app), unit_of_work(writes=False):
        return list(db.session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.id)))


def find(app: Flask, endpoint_id: str) -> WebhookEndpoint:
    """The endpoint as it is stored now."""
    with entered(app), unit_of_work(writes=False):
        query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()
