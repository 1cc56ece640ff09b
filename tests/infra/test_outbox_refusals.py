"""Letters that a mail server refuses: for good or for now, in words without an address."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.infra.mail_world import deliver, queue, the_mail
from tests.mail_servers import Scripted
from tests.make import make_account
from webapp.infra.database import db, unit_of_work
from webapp.infra.delivery import Round
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize(
    ("step", "answer", "reason"),
    [
        ("rcpt", "550 5.1.1 <bob@example.org> unknown", "the mail server refuses the recipient (550 5.1.1)"),
        ("rcpt", "553 bob@example.org", "the mail server refuses the recipient (553)"),
        ("content", "554 5.6.0 no", "the mail server does not take the letter (554 5.6.0)"),
    ],
)
def test_final_refusal_is_given_up_at_once_and_names_nobody(
    sending: Flask,
    mail_server: Scripted,
    caplog: pytest.LogCaptureFixture,
    step: str,
    answer: str,
    reason: str,
) -> None:
    bob = make_account(sending, "bob")
    mail_server.script[step] = answer
    queue(account_id=bob.id)
    with caplog.at_level(logging.DEBUG):
        assert deliver() == Round(given_up=1)
    mail = the_mail()
    assert (mail.body, mail.due_at, mail.last_failure) == (None, None, reason)
    with unit_of_work(writes=False):
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.name == "mail.given_up")).one()
    assert event.account_id == bob.id
    assert json.loads(event.detail) == {"kind": "verify_address", "reason": reason}
    assert "verify_address" in caplog.text
    assert "@" not in caplog.text + (mail.last_failure or "")


@pytest.mark.parametrize("answer", ["550 5.7.1 relaying denied", "530 5.7.0 sign in first", "452 4.2.2 full"])
def test_refusal_that_an_operator_or_time_can_mend_waits(
    sending: Flask, mail_server: Scripted, answer: str
) -> None:
    mail_server.script["rcpt"] = answer
    queue()
    assert deliver() == Round(put_off=1)
    assert the_mail().body is not None


def test_refused_letter_takes_no_other_with_it(sending: Flask, mail_server: Scripted) -> None:
    mail_server.script["rcpt"] = ["550 5.1.1 <nobody@example.org> is nobody", "250 fine"]
    queue("nobody@example.org")
    queue()
    assert deliver() == Round(delivered=1, given_up=1)


def test_unusable_address_is_given_up(sending: Flask, mail_server: Scripted) -> None:
    queue("bob@example.org>\r\nRCPT TO:<eve@example.org")
    assert deliver() == Round(given_up=1)
    assert mail_server.recipients == []
