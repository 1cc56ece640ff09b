"""A form sent after its session had ended is offered again, to the same person only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import Person, make_account, make_administrator, sign_in
from tests.page_client import PageClient
from webapp.accounts.store import find_account
from webapp.infra.database import unit_of_work
from webapp.sessions.causes import EndCause
from webapp.sessions.service import end_all_sessions

if TYPE_CHECKING:
    from flask import Flask

REASON = "Reported a lost laptop"


def end_sessions_of(app: Flask, person: Person) -> None:
    with app.app_context(), unit_of_work():
        end_all_sessions(person.id, EndCause.IDLE)


def is_locked(app: Flask, person: Person) -> bool:
    with app.app_context(), unit_of_work(writes=False):
        account = find_account(person.id)
        assert account is not None
        return account.is_locked


@pytest.fixture
def boss(app: Flask) -> Person:
    return make_administrator(app)


@pytest.fixture
def target(app: Flask, boss: Person) -> Person:
    return make_account(app)


@pytest.fixture
def sent_too_late(app: Flask, pages: PageClient, boss: Person, target: Person) -> PageClient:
    sign_in(pages, boss)
    pages.get(f"/admin/accounts/{target.id}/lock")
    end_sessions_of(app, boss)
    page = pages.submit(f"/admin/accounts/{target.id}/lock", reason=REASON)
    assert page.path.startswith("/login")
    return pages


def test_form_is_offered_again_and_does_what_it_said(
    app: Flask, sent_too_late: PageClient, boss: Person, target: Person
) -> None:
    page = sent_too_late.submit("/login", username=boss.username, password=boss.password)
    assert (page.path, REASON in page.text) == ("/resume", True)
    assert not is_locked(app, target)
    sent_too_late.submit(f"/admin/accounts/{target.id}/lock")
    assert is_locked(app, target)


def test_offer_is_made_once(sent_too_late: PageClient, boss: Person) -> None:
    sent_too_late.submit("/login", username=boss.username, password=boss.password)
    assert sent_too_late.get("/resume").path == "/account"


def test_another_person_in_the_same_browser_never_sees_it(
    app: Flask, sent_too_late: PageClient, target: Person
) -> None:
    page = sent_too_late.submit("/login", username=target.username, password=target.password)
    assert (page.path, REASON in page.html) == ("/account", False)


def test_form_without_its_csrf_value_is_not_kept(
    app: Flask, pages: PageClient, boss: Person, target: Person
) -> None:
    sign_in(pages, boss)
    end_sessions_of(app, boss)
    page = pages.post(f"/admin/accounts/{target.id}/lock", data={"reason": "planted"})
    assert "resume" not in page.path


def test_form_too_large_for_a_cookie_is_let_go(
    app: Flask, pages: PageClient, boss: Person, target: Person
) -> None:
    sign_in(pages, boss)
    pages.get(f"/admin/accounts/{target.id}/lock")
    end_sessions_of(app, boss)
    page = pages.submit(f"/admin/accounts/{target.id}/lock", reason="字" * 1000)
    assert page.path == "/login"
