"""The messages of an endpoint at the console: a test, what became of it, and sending it again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import update

from tests.admin.console import Console, enter, events, open_console
from tests.make import entered, make_account
from tests.servers.upstream_answers import reply
from tests.webhooks.receiving import LOOPBACK, TAKEN, messages, start_receiving
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.webhooks.courier import Courier
from webapp.webhooks.models import WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.webhooks.receiving import Receiver


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(LOOPBACK)


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.fixture
def receiver(app: Flask) -> Iterator[Receiver]:
    with start_receiving(app) as started:
        yield started


def path_of(receiver: Receiver) -> str:
    return f"/admin/webhooks/{receiver.endpoint.id}"


def test_test_is_sent_off_and_its_page_says_what_became_of_it(console: Console, receiver: Receiver) -> None:
    path = path_of(receiver)
    console.pages.get(path)
    page = console.pages.submit(f"{path}/test")
    assert (page.heading, "Not tried yet" in page.text, "On its way" in page.text) == (
        "webhook.test",
        True,
        True,
    )
    console.pages.get(path)
    turned_off = console.pages.submit(f"{path}/turn-off")
    assert ("On its way" in turned_off.text, "Waiting" in turned_off.text) == (False, True)
    assert "It is sent once the endpoint is turned on." in console.pages.get(page.path).text
    console.pages.get(path)
    console.pages.submit(f"{path}/turn-on")
    receiver.answers(reply(status=500))
    receiver.send()
    tried = console.pages.get(page.path)
    for words in ("Waiting", "Tried next", "500", "It answered with an error", " ms"):
        assert words in tried.text, words
    receiver.answers(TAKEN)
    console.pages.submit(f"{page.path}/send-again")
    receiver.send()
    told = console.pages.get(page.path)
    assert ("Delivered" in told.text, len(told.find_all("tbody tr"))) == (True, 2)
    assert len({each.header("webhook-id") for each in receiver.received}) == 1
    row = console.pages.get(path).get("tbody")
    assert ("webhook.test" in row.text, "Delivered" in row.text, "204" in row.text) == (True, True, True)
    assert (len(events(console.app, "webhook.tested")), len(events(console.app, "webhook.sent_again"))) == (
        1,
        1,
    )


def test_second_test_waits_for_the_first_and_what_is_off_is_sent_none(
    console: Console, receiver: Receiver
) -> None:
    path = path_of(receiver)
    for said in ("is sent off", "on its way to this endpoint already"):
        console.pages.get(path)
        assert said in console.pages.submit(f"{path}/test").text
    other = enter(console.app, console.root)
    other.get(path)
    console.pages.get(path)
    console.pages.submit(f"{path}/turn-off")
    assert "Turn it on first" in other.submit(f"{path}/test").text
    assert len(messages(console.app)) == 1


def test_message_that_is_being_sent_is_not_sent_off_again(console: Console, receiver: Receiver) -> None:
    path = path_of(receiver)
    console.pages.get(path)
    page = console.pages.submit(f"{path}/test")
    other = enter(console.app, console.root)
    other.get(page.path)
    with console.app.app_context():
        assert Courier().take() is not None
    assert "is being sent just now" in other.submit(f"{page.path}/send-again").text
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert receiver.send() == (1, 0)


def test_message_of_another_endpoint_is_not_found_and_an_auditor_sends_nothing(
    app: Flask, console: Console, receiver: Receiver
) -> None:
    path = path_of(receiver)
    console.pages.get(path)
    page = console.pages.submit(f"{path}/test")
    elsewhere = page.path.replace(receiver.endpoint.id, "b" * 26)
    assert console.pages.get(elsewhere).status == 404
    auditor = enter(app, make_account(app, "vera", roles=("user", "auditor")))
    assert "Send" not in auditor.get(page.path).get("main").text


def test_message_that_somebody_changed_in_the_database_is_shown_as_it_stands(
    app: Flask, console: Console, receiver: Receiver
) -> None:
    path = path_of(receiver)
    console.pages.get(path)
    page = console.pages.submit(f"{path}/test")
    with entered(app), unit_of_work():
        db.session.execute(update(WebhookMessage).values(body="<script>no JSON</script>"))
    assert "<script>no JSON</script>" in console.pages.get(page.path).text
