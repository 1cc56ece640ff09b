"""Secrets of endpoints at rest: bound to row, column and address, sealed anew, and replaced without a gap."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.make import entered
from tests.servers.application import ENVIRONMENT
from tests.webhooks.receiving import ACTOR, LOOPBACK, attempts, find, queue_test, send_all
from tests.webhooks.test_delivery import signature
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.infra.sealing import SealBroken
from webapp.webhooks.purge import forget_former_secrets
from webapp.webhooks.secrets import FORMER, PRESENT, open_secret, reseal_webhook_secrets
from webapp.webhooks.service import replace_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.webhooks.receiving import Receiver

OTHER_KEY = "another-encryption-key-0123456789-abcdefghij"


def replace(app: Flask, receiver: Receiver, *, ends_former: bool = False) -> str:
    version = str(find(app, receiver.endpoint.id).version)
    with entered(app), unit_of_work():
        return replace_secret(receiver.endpoint.id, version=version, ends_former=ends_former, actor_id=ACTOR)


@pytest.mark.parametrize("ends_former", [False, True])
def test_both_secrets_sign_for_a_day_unless_the_former_is_known_to_others(
    app: Flask, receiver: Receiver, *, ends_former: bool
) -> None:
    later = replace(app, receiver, ends_former=ends_former)
    for hours in (23, 25):
        with time_machine.travel(clock.now() + timedelta(hours=hours)):
            queue_test(app, receiver.endpoint.id)
            assert receiver.send() == (1, 0)
        received = receiver.received[-1]
        secrets = [later] if ends_former or hours > 24 else [later, receiver.endpoint.secret]
        assert received.header("webhook-signature") == " ".join(signature(each, received) for each in secrets)
    with time_machine.travel(clock.now() + timedelta(hours=25)), entered(app):
        with unit_of_work(writes=False):
            assert forget_former_secrets(10) == int(not ends_former)
        assert find(app, receiver.endpoint.id).former_secret_sealed is None


def test_secret_opens_in_its_own_row_and_column_and_for_its_address_alone(
    app: Flask, receiver: Receiver
) -> None:
    row = find(app, receiver.endpoint.id)
    with entered(app):
        assert open_secret(row.id, row.url, row.secret_sealed) == receiver.endpoint.secret
        for endpoint_id, url, column in (
            ("b" * 26, row.url, PRESENT),
            (row.id, row.url, FORMER),
            (row.id, f"{row.url}/", PRESENT),
        ):
            with pytest.raises(SealBroken):
                open_secret(endpoint_id, url, row.secret_sealed, column)


@pytest.mark.database
def test_secrets_are_sealed_anew_after_another_key(
    app: Flask, receiver: Receiver, make_app: Callable[..., Flask]
) -> None:
    later = replace(app, receiver)
    between = make_app(
        **LOOPBACK, ENCRYPTION_KEY=OTHER_KEY, ENCRYPTION_KEY_FALLBACKS=ENVIRONMENT["ENCRYPTION_KEY"]
    )
    with entered(between):
        counted = []
        for _ in range(2):
            with unit_of_work(writes=False):
                counted.append(reseal_webhook_secrets(10))
    assert counted == [2, 0]
    after = make_app(**LOOPBACK, ENCRYPTION_KEY=OTHER_KEY)
    row = find(after, receiver.endpoint.id)
    with entered(after):
        assert open_secret(row.id, row.url, row.secret_sealed) == later
        assert (
            open_secret(row.id, row.url, row.former_secret_sealed or b"", FORMER) == receiver.endpoint.secret
        )


def test_message_waits_while_no_key_opens_the_secret(
    app: Flask, receiver: Receiver, make_app: Callable[..., Flask]
) -> None:
    queue_test(app, receiver.endpoint.id)
    assert send_all(make_app(**LOOPBACK, ENCRYPTION_KEY=OTHER_KEY)) == (0, 1)
    assert ([each.problem for each in attempts(app)], receiver.received) == (["secret_unreadable"], [])
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert receiver.send() == (1, 0)
