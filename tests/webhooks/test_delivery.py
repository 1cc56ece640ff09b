"""Messages go out signed, exactly when what they tell of has happened, and are tried again where nobody takes them."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.make import entered, make_account
from tests.servers.upstream_answers import hang_up, raw, redirect, reply
from tests.webhooks.receiving import (
    ACTOR,
    TAKEN,
    attempts,
    find,
    make_endpoint,
    messages,
    queue_test,
    send_all,
)
from webapp.accounts import service as accounts
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.webhooks.delivery import DELAYS
from webapp.webhooks.service import send_again, turn

if TYPE_CHECKING:
    from flask import Flask

    from tests.servers.upstream import Received
    from tests.webhooks.receiving import Receiver


def signature(secret: str, received: Received) -> str:
    """As a receiver computes it, by the standard's own words."""
    content = f"{received.header('webhook-id')}.{received.header('webhook-timestamp')}.".encode()
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, content + received.body, hashlib.sha256)).decode()


@pytest.mark.database
def test_event_is_told_to_who_asked_for_it_signed_and_once(app: Flask, receiver: Receiver) -> None:
    make_endpoint(app, f"{receiver.service.url}/other", events=["backup.made"], name="Backups")
    bob = make_account(app, "bob", locked=True)
    assert receiver.send() == (1, 0)
    (received,) = receiver.received
    assert (received.method, received.path) == ("POST", "/hook")
    assert received.header("content-type") == "application/json"
    assert received.header("webhook-signature") == signature(receiver.endpoint.secret, received)
    (told,) = receiver.told()
    assert (told["type"], told["data"]) == ("account.locked", {"account_id": bob.id})
    (message,) = messages(app)
    assert received.header("webhook-id") == f"msg_{message.id}"
    assert (message.delivered_at is not None, message.due_at, message.last_status) == (True, None, 204)
    assert receiver.send() == (0, 0)


def test_what_was_rolled_back_is_told_to_nobody(app: Flask, receiver: Receiver) -> None:
    bob = make_account(app, "bob")

    def lock_and_fail() -> None:
        with entered(app), unit_of_work():
            accounts.lock(accounts.get_account(bob.id), "for a moment", actor_id=None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        lock_and_fail()
    assert (messages(app), receiver.send()) == ([], (0, 0))


@pytest.mark.parametrize(
    ("answer", "status", "problem"),
    [
        (reply(b"no", status=500), 500, "refused"),
        (reply(status=404), 404, "refused"),
        (redirect("https://example.com/elsewhere"), 302, "redirected"),
        (raw(b"SSH-2.0-nobody\r\n"), None, "upstream_broken"),
        (hang_up, None, "upstream_broken"),
    ],
)  # fmt: skip
def test_refused_message_waits_and_is_delivered_later_under_the_same_id(
    app: Flask, receiver: Receiver, answer: object, status: int | None, problem: str
) -> None:
    receiver.answers(answer)  # type: ignore[arg-type]
    queue_test(app, receiver.endpoint.id)
    assert (receiver.send(), receiver.send()) == ((0, 1), (0, 0))
    (waiting,) = messages(app)
    assert (waiting.last_status, waiting.last_problem, waiting.attempts) == (status, problem, 1)
    assert find(app, receiver.endpoint.id).failing_since is not None
    receiver.answers(TAKEN)
    with time_machine.travel(clock.now() + DELAYS[0] * 1.2):
        assert receiver.send() == (1, 0)
    assert len({each.header("webhook-id") for each in receiver.received}) == 1
    assert [each.problem for each in attempts(app)] == [problem, None]
    assert find(app, receiver.endpoint.id).failing_since is None


def test_message_that_nobody_takes_is_given_up_after_three_days_and_can_be_sent_again(
    app: Flask, receiver: Receiver
) -> None:
    receiver.answers(reply(status=503))
    begun = clock.now()
    queue_test(app, receiver.endpoint.id)
    with time_machine.travel(begun, tick=False) as traveller:
        while (message := messages(app)[0]).due_at is not None:
            traveller.move_to(message.due_at)
            receiver.send()
        assert timedelta(days=2.5) < clock.now() - begun < timedelta(days=3.5)
        assert (message.given_up_at, message.attempts) == (clock.now(), len(DELAYS) + 1)
        receiver.answers(TAKEN)
        with entered(app), unit_of_work():
            send_again(receiver.endpoint.id, message.id, actor_id=ACTOR)
        assert receiver.send() == (1, 0)
    assert sum(DELAYS, timedelta()) == timedelta(days=3)


def test_endpoint_that_is_off_or_gone_is_sent_nothing(app: Flask, receiver: Receiver) -> None:
    queue_test(app, receiver.endpoint.id)
    for is_enabled, delivered in ((False, 0), (True, 1)):
        with entered(app), unit_of_work():
            turn(receiver.endpoint.id, is_enabled=is_enabled, actor_id=ACTOR)
        assert receiver.send() == (delivered, 0)


def test_second_process_leaves_alone_what_the_first_is_at(app: Flask, receiver: Receiver) -> None:
    from webapp.webhooks.courier import Courier

    queue_test(app, receiver.endpoint.id)
    with app.app_context():
        claim = Courier().take()
        assert claim is not None
        assert Courier().take() is None
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert send_all(app) == (1, 0)


def test_message_says_when_and_what_in_the_standards_form(app: Flask, receiver: Receiver) -> None:
    queue_test(app, receiver.endpoint.id)
    receiver.send()
    body = json.loads(receiver.received[0].body)
    assert list(body) == ["type", "timestamp", "data"]
    assert body["type"] == "webhook.test"
    assert body["timestamp"].endswith("+00:00")
