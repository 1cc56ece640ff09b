"""A person changes their account while an administrator does: they follow each other, and neither waits in vain."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, make_administrator
from webapp.accounts.service import get_account, hold_account
from webapp.admin.service import end_sessions
from webapp.infra.database import unit_of_work
from webapp.sessions.service import hold_session, new_standing, start_session

if TYPE_CHECKING:
    from flask import Flask


# SQLite has one writer at a time.
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_person_and_administrator_hold_an_account_in_one_order(app: Flask) -> None:
    chief, person = make_administrator(app), make_account(app)
    with app.app_context(), unit_of_work():
        account = get_account(person.id)
        standing = new_standing(start_session(account), account)
    is_held, other_begins = threading.Event(), threading.Event()

    def act_oneself() -> None:
        with app.app_context(), unit_of_work():
            hold_session(standing)
            is_held.set()
            other_begins.wait(10)
            # Long enough for the other to wait at the first row it does not get.
            threading.Event().wait(0.5)
            hold_account(person.id)

    def administer() -> int:
        with app.app_context(), unit_of_work():
            is_held.wait(10)
            other_begins.set()
            return end_sessions(person.id, actor_id=chief.id)

    with ThreadPoolExecutor(2) as people:
        own, others = people.submit(act_oneself), people.submit(administer)
        own.result(20)
        assert others.result(20) == 1
