"""Somebody who may use a connection, and the service behind it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tests.connections.making import Made, make_connection
from tests.make import Person, entered, make_account, sign_in_by_api
from tests.servers.upstream import Upstream, upstream
from webapp.connections.models import ConnectionCall
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


@dataclass
class Caller:
    """`headers` carry the person's token."""

    app: Flask
    service: Upstream
    person: Person
    client: FlaskClient
    headers: dict[str, str]
    connection: Made | None = None

    def connect(self, base_path: str = "", **changes: Any) -> Made:
        """Make the connection that is called from now on."""
        self.connection = make_connection(
            self.app, **{"base_url": f"{self.service.url}{base_path}", **changes}
        )
        self.headers = sign_in_by_api(self.client, self.person)
        return self.connection

    def call(
        self, method: str = "GET", rest: str = "/", *, headers: dict[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """The whole answer, read to its end."""
        connection = self.connection or self.connect()
        answer = self.client.open(
            connection.path(rest), method=method, headers={**self.headers, **(headers or {})}, **options
        )
        answer.get_data()
        answer.close()
        return answer


@contextmanager
def start_calling(app: Flask) -> Iterator[Caller]:
    """A person with the role `user`, and a service; the connection is still to be made."""
    with upstream() as service:
        person, client = make_account(app), app.test_client()
        yield Caller(app, service, person, client, {})


def notes_of(caller: Caller) -> list[ConnectionCall]:
    """What is known of the calls, the first one first."""
    with entered(caller.app):
        return list(db.session.scalars(select(ConnectionCall).order_by(ConnectionCall.id)))


def events_of(caller: Caller, name: str) -> list[AuditEvent]:
    with entered(caller.app):
        return list(db.session.scalars(select(AuditEvent).where(AuditEvent.name == name)))
