"""Nothing is signed and sent that was not queued here so, also not for whoever can write to the database."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import insert, update

from tests.admin.console import open_console
from tests.make import entered, make_account
from tests.servers.application import ENVIRONMENT
from tests.webhooks.receiving import LOOPBACK, find, make_endpoint, messages, queue_test, send_all
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.sealing import Sealer
from webapp.webhooks.courier import Courier
from webapp.webhooks.message_keys import renew_macs
from webapp.webhooks.models import WebhookMessage
from webapp.webhooks.secrets import reseal_webhook_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.webhooks.receiving import Receiver

OTHER_KEY: Final = "another-encryption-key-0123456789-abcdefghij"


def write(app: Flask, statement: Any) -> None:
    """As somebody does who has the database, and nothing else."""
    with entered(app), unit_of_work():
        db.session.execute(statement)


@pytest.mark.parametrize(
    "forged",
    [{"id": "b" * 26}, {"endpoint_id": None}, {"event": "backup.made"}, {"body": '{"type":"forged"}'}, {"mac": b""}],
)  # fmt: skip
def test_message_that_was_changed_in_the_database_is_given_up(
    app: Flask, receiver: Receiver, forged: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    if "endpoint_id" in forged:
        forged = {"endpoint_id": make_endpoint(app, f"{receiver.service.url}/hook", name="Other").id}
    queue_test(app, receiver.endpoint.id)
    write(app, update(WebhookMessage).values(**forged))
    with caplog.at_level(logging.INFO, "latchkey.webhooks"):
        assert (receiver.send(), receiver.received) == ((0, 1), [])
    (lost,) = messages(app)
    assert (lost.due_at, lost.given_up_at is not None, lost.last_problem) == (None, True, "not_as_queued")
    # It is no fault of the endpoint's.
    assert find(app, lost.endpoint_id).failing_since is None
    said = f"A webhook message to the endpoint {lost.endpoint_id} is given up: it is not as it was queued."
    assert [each for each in caplog.messages if "webhook" in each] == [said]


def test_message_that_was_written_into_the_database_is_given_up_and_its_page_says_why(
    app: Flask, receiver: Receiver
) -> None:
    queue_test(app, receiver.endpoint.id)
    moment = clock.now() - timedelta(hours=1)
    values: dict[str, Any] = {
        "endpoint_id": receiver.endpoint.id,
        "event": "webhook.test",
        "body": '{"type":"webhook.test"}',
    }
    values |= {"created_at": moment, "due_at": moment, "attempts": 0, "tries": 0}
    for letter, mac in (("b", messages(app)[0].mac), ("c", b"\0" * 37)):
        write(app, insert(WebhookMessage).values(id=letter * 26, mac=mac, **values))
    assert ([receiver.send() for _ in range(3)], len(receiver.received)) == ([(0, 1), (0, 1), (1, 0)], 1)
    path = f"/admin/webhooks/{receiver.endpoint.id}/messages/{'b' * 26}"
    page = open_console(app).pages.get(path)
    assert ("Given up" in page.text, "It is not as Latchkey queued it" in page.text) == (True, True)


@pytest.mark.database
def test_message_queued_before_another_key_goes_by_the_fallback_and_once_renewed_without(
    app: Flask, receiver: Receiver, make_app: Callable[..., Flask]
) -> None:
    for _ in range(3):
        make_account(app, locked=True)
    former = ENVIRONMENT["ENCRYPTION_KEY"]
    both = make_app(**LOOPBACK, ENCRYPTION_KEY=OTHER_KEY, ENCRYPTION_KEY_FALLBACKS=former)
    with both.app_context():
        courier = Courier()
        claim = courier.take()
        assert claim is not None
        assert courier.carry_out(claim)
    # What does not fit comes first, and keeps none of the others from its turn.
    forged = {
        "endpoint_id": receiver.endpoint.id,
        "event": "webhook.test",
        "body": "{}",
        "attempts": 0,
        "tries": 0,
    }
    day = timedelta(days=1)
    moments = {"created_at": clock.now(), "due_at": clock.now() - day, "claimed_until": clock.now() + day}
    for number in range(3):
        mac = Sealer(former).mark + bytes(32)
        write(app, insert(WebhookMessage).values(id=f"{number}".zfill(26), mac=mac, **forged, **moments))
    with entered(both):
        counted = []
        for renew in (reseal_webhook_secrets, renew_macs, renew_macs, renew_macs):
            with unit_of_work(writes=False):
                counted.append(renew(1))
    assert counted == [1, 1, 1, 0]
    assert send_all(make_app(**LOOPBACK, ENCRYPTION_KEY=OTHER_KEY)) == (2, 0)
