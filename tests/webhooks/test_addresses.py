"""A secret signs for the address it was sealed for: one that is saved in the form, not one that is written by SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import update

from tests.admin.console import open_console
from tests.make import entered
from tests.webhooks.receiving import ACTOR, TAKEN, find, queue_test
from tests.webhooks.test_delivery import signature
from tests.webhooks.test_secrets import replace
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.webhooks.models import WebhookEndpoint
from webapp.webhooks.service import change_endpoint
from webapp.webhooks.words import require_words

if TYPE_CHECKING:
    from flask import Flask

    from tests.webhooks.receiving import Receiver

NOTICE = "does not open for this address"


@pytest.mark.database
def test_endpoint_that_is_moved_keeps_both_its_secrets(app: Flask, receiver: Receiver) -> None:
    later, url = replace(app, receiver), f"{receiver.service.url}/other?a=b"
    receiver.service.on("/other", TAKEN)
    queue_test(app, receiver.endpoint.id)
    version = str(find(app, receiver.endpoint.id).version)
    with entered(app), unit_of_work():
        words = require_words("Billing", url, ["account.locked"])
        assert change_endpoint(receiver.endpoint.id, words, version=version, actor_id=ACTOR)
    assert receiver.send() == (1, 0)
    (received,) = receiver.received
    assert received.path == "/other"
    secrets = (later, receiver.endpoint.secret)
    assert received.header("webhook-signature") == " ".join(signature(each, received) for each in secrets)


def test_endpoint_that_was_redirected_in_the_database_is_sent_nothing_until_its_address_is_back(
    app: Flask, receiver: Receiver
) -> None:
    right, elsewhere = find(app, receiver.endpoint.id).url, f"{receiver.service.url}/elsewhere"
    receiver.service.on("/elsewhere", TAKEN)
    queue_test(app, receiver.endpoint.id)
    with entered(app), unit_of_work():
        db.session.execute(update(WebhookEndpoint).values(url=elsewhere))
    assert (receiver.send(), receiver.received) == ((0, 1), [])
    pages, path = open_console(app).pages, f"/admin/webhooks/{receiver.endpoint.id}"
    page = pages.get(path)
    assert (NOTICE in page.text, "Its secret does not open for its address" in page.text) == (True, True)
    assert elsewhere in pages.get(f"{path}/secret").get("main").text
    for typed, is_shut in (
        ({"name": "Other"}, True),
        ({"url": f"{elsewhere}/2"}, True),
        ({"url": right}, False),
    ):
        pages.get(f"{path}/edit")
        page = pages.submit(f"{path}/edit", **typed)
        assert (NOTICE in page.text, "go to the address it has now" in page.text) == (is_shut, not is_shut)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert receiver.send() == (1, 0)
    (received,) = receiver.received
    assert (received.path, received.header("webhook-signature")) == (
        "/hook",
        signature(receiver.endpoint.secret, received),
    )
