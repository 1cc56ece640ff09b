"""From the outbox to a mail server: once, in words that say what happened, and never for longer than two days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from tests.infra.mail_world import ADDRESS, LETTER, deliver, queue, the_mail
from tests.mail_servers import SENDER, Scripted, Sink, settings_for, sink
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.delivery import DELAYS, Round
from webapp.infra.models import Mail
from webapp.infra.outbox import queue_letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.mark.database
def test_letter_arrives_once_and_its_body_is_erased(make_app: Callable[..., Flask]) -> None:
    with sink() as found, make_app(**settings_for(found.port)).app_context():
        queue()
        assert (deliver(), deliver()) == (Round(delivered=1), Round())
        check_arrived(found)
        mail = the_mail()
        assert (mail.body, mail.due_at, mail.claimed_until, mail.attempts) == (None, None, None, 1)
        assert mail.delivered_at is not None


def check_arrived(found: Sink) -> None:
    ((sender, recipients, _),) = found.taken
    assert (sender, recipients) == (SENDER, [ADDRESS])
    (message,) = found.messages
    assert (message["Subject"], message["To"]) == ("Confirm your address", ADDRESS)


def test_several_letters_share_a_connection(sending: Flask, mail_server: Scripted) -> None:
    for number in range(3):
        queue(f"person{number}@example.org")
    assert deliver() == Round(delivered=3)
    assert (mail_server.reached["connect"], mail_server.reached["content"]) == (1, 3)


def test_waiting_times_grow_until_the_letter_is_given_up(sending: Flask, mail_server: Scripted) -> None:
    mail_server.script["rcpt"] = "451 4.7.1 come again later"
    waits = []
    with time_machine.travel(clock.now(), tick=False) as traveller:
        queue()
        while deliver().put_off:
            mail = the_mail()
            assert mail.due_at is not None
            waits.append(mail.due_at - clock.now())
            traveller.move_to(mail.due_at)
        mail = the_mail()
        assert waits[: len(DELAYS)] == list(DELAYS)
        assert set(waits[len(DELAYS) :]) == {timedelta(hours=4)}
        assert timedelta(hours=40) < sum(waits, timedelta()) < timedelta(days=2)
        assert (mail.body, mail.due_at, mail.given_up_at) == (None, None, clock.now())
        assert deliver() == Round()


def test_letter_is_not_tried_before_its_time(sending: Flask, mail_server: Scripted) -> None:
    mail_server.script["rcpt"] = ["451 later"]
    with time_machine.travel(clock.now(), tick=False) as traveller:
        queue()
        assert deliver() == Round(put_off=1)
        traveller.shift(DELAYS[0] - timedelta(seconds=1))
        assert deliver() == Round()
        traveller.shift(timedelta(seconds=1))
        assert deliver() == Round(delivered=1)
    assert the_mail().last_failure is None


def test_body_is_sealed_for_its_own_row(sending: Flask, mail_server: Scripted) -> None:
    queue()
    queue("eve@example.org")
    with unit_of_work():
        first, second = db.session.scalars(select(Mail).order_by(Mail.created_at)).all()
        assert first.body is not None
        assert b"a-secret-token" not in first.body
        assert b"bob" not in first.body
        second.body = first.body
    assert deliver() == Round(delivered=1, put_off=1)
    assert mail_server.recipients == [f"rcpt TO:<{ADDRESS}>"]


def test_letter_that_does_not_open_waits_for_its_key(
    make_app: Callable[..., Flask], sending: Flask, mail_server: Scripted
) -> None:
    queue()
    other = make_app(
        ENCRYPTION_KEY="another-key-of-the-tests-0123456789-abcdefghi", **settings_for(mail_server.port)
    )
    with time_machine.travel(clock.now(), tick=False) as traveller:
        with other.app_context():
            assert deliver() == Round(put_off=1)
            assert the_mail().last_failure == "it does not open with the present ENCRYPTION_KEY"
        assert mail_server.reached["connect"] == 0
        traveller.shift(DELAYS[0])
        with sending.app_context():
            assert deliver() == Round(delivered=1)


def test_letter_for_the_same_end_is_queued_once(sending: Flask) -> None:
    with unit_of_work():
        assert queue_letter("new_device", ADDRESS, LETTER, once="device of bob")
        assert not queue_letter("new_device", ADDRESS, LETTER, once="device of bob")
    assert deliver() == Round(delivered=1)
