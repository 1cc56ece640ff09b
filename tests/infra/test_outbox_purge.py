"""Letters that wait in vain are given up, those of the mailbox page are erased, and what is over is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import func, select

from tests.infra.mail_world import deliver, queue, the_mail
from tests.mail_servers import Scripted, settings_for
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.delivery import GIVEN_UP_AFTER
from webapp.infra.mail_purge import (
    FORGOTTEN_AFTER,
    KEPT_IN_MAILBOX,
    OVERDUE_AFTER,
    erase_kept_letters,
    forget_letters,
    give_up_overdue,
)
from webapp.infra.models import AuditEvent, Mail
from webapp.infra.outbox_store import CLAIM, claim_letter
from webapp.ops.maintenance import TASKS, in_batches, run_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

SECOND = timedelta(seconds=1)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.now(), tick=False) as found:
        yield found


def purge(task: Callable[[int], int]) -> int:
    return in_batches(task, 25)()


def count(table: type) -> int:
    with unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.database
def test_letter_that_nobody_delivers_is_given_up_with_an_event(
    at_work: Flask, traveller: time_machine.Traveller
) -> None:
    for _ in range(60):
        queue()
    traveller.shift(OVERDUE_AFTER)
    assert purge(give_up_overdue) == 0
    traveller.shift(SECOND)
    assert (purge(give_up_overdue), purge(give_up_overdue)) == (60, 0)
    with unit_of_work(writes=False):
        assert {tuple(each) for each in db.session.execute(select(Mail.body, Mail.due_at))} == {(None, None)}
        names = db.session.scalars(select(AuditEvent.name)).all()
    assert names.count("mail.given_up") == 60


def test_letter_that_was_tried_in_vain_is_given_up_after_two_days_unless_somebody_is_at_it(
    sending: Flask, mail_server: Scripted, traveller: time_machine.Traveller
) -> None:
    mail_server.script["rcpt"] = ["451 later"]
    queue()
    assert deliver().put_off == 1
    traveller.shift(GIVEN_UP_AFTER + SECOND)
    with unit_of_work(writes=False):
        assert claim_letter() is not None
    assert purge(give_up_overdue) == 0
    traveller.shift(CLAIM)
    assert purge(give_up_overdue) == 1
    assert the_mail().body is None


def test_letter_of_the_mailbox_page_is_erased_after_a_day(
    make_app: Callable[..., Flask], traveller: time_machine.Traveller
) -> None:
    with make_app(APP_ENV="development").app_context():
        queue()
        assert deliver().delivered == 1
        traveller.shift(KEPT_IN_MAILBOX)
        assert purge(erase_kept_letters) == 0
        traveller.shift(SECOND)
        assert (purge(erase_kept_letters), purge(erase_kept_letters)) == (1, 0)
        assert the_mail().body is None


@pytest.mark.database
def test_what_is_over_is_forgotten_and_what_waits_is_not(
    make_app: Callable[..., Flask], mail_server: Scripted, traveller: time_machine.Traveller
) -> None:
    with make_app(**settings_for(mail_server.port)).app_context():
        queue()
        mail_server.script["rcpt"] = ["250 fine", "550 5.1.1 nobody"]
        queue("nobody@example.org")
        assert (deliver().delivered, deliver().delivered) == (1, 0)
        traveller.shift(FORGOTTEN_AFTER)
        queue()
        assert purge(forget_letters) == 0
        traveller.shift(SECOND)
        assert purge(forget_letters) == 2
        assert count(Mail) == 1


def test_maintenance_does_it(at_work: Flask, traveller: time_machine.Traveller) -> None:
    queue()
    traveller.shift(OVERDUE_AFTER + SECOND)
    done = dict(run_tasks(TASKS))
    assert done["Letters that nobody could deliver given up"] == 1
    traveller.shift(FORGOTTEN_AFTER + SECOND)
    assert dict(run_tasks(TASKS))["Letters of long ago forgotten"] == 1
