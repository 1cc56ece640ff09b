"""Somebody whose session was ended is told why, once, on the way to signing in again."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask

from tests.make import Person, make_account, make_administrator, sign_in
from tests.page_client import PageClient
from tests.signin.faces import session_ids
from webapp.admin.sentences import cause_in_words
from webapp.sessions.causes import EndCause


def end(app: Flask, person: Person, cause: EndCause, *, by: Person | None = None) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.sessions.service import end_all_sessions

    with app.app_context(), unit_of_work():
        end_all_sessions(person.id, cause, actor_id=by.id if by else None)


@pytest.mark.parametrize("cause", EndCause)
def test_cause_is_told_to_the_person_in_the_audit_and_on_the_account_page(
    app: Flask, pages: PageClient, cause: EndCause
) -> None:
    person, ada = make_account(app), make_administrator(app, "ada")
    sign_in(pages, person)
    end(app, person, cause, by=ada)
    # What the person did here themselves needs no telling.
    told = [] if cause is EndCause.SIGNED_OUT else [cause.sentence]
    assert [each.text for each in pages.get("/account").find_all(".notice")] == told
    assert pages.get("/login").find(".notice") is None

    console = PageClient(app.test_client())
    sign_in(console, ada)
    words = cause_in_words(cause)
    account = console.get(f"/admin/accounts/{person.id}")
    ended = account.get("section[aria-labelledby=ended-heading]").text
    assert f"by ada: {words}" in ended
    assert "An unknown device" not in account.get("section[aria-labelledby=sessions-heading]").text
    audit = console.get(f"/admin/audit?name=session.ended&who={person.username}")
    assert f"A session of {person.username} ended: {words}" in audit.text


def test_cause_is_told_once_on_the_sign_in_page_too(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    sign_in(pages, person)
    end(app, person, EndCause.RESTORED)
    assert [each.text for each in pages.get("/login").find_all(".notice")] == [EndCause.RESTORED.sentence]
    assert pages.get("/login").find(".notice") is None


def test_first_cause_stays(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    sign_in(pages, person)
    end(app, person, EndCause.ADMINISTRATOR)
    end(app, person, EndCause.PASSWORD_CHANGED)
    assert EndCause.ADMINISTRATOR.sentence in pages.get("/account").text


def test_lock_is_the_cause_even_where_no_session_was_ended(app: Flask, pages: PageClient) -> None:
    from webapp.accounts.service import get_account, lock
    from webapp.infra.database import unit_of_work

    person = make_account(app)
    sign_in(pages, person)
    with app.app_context(), unit_of_work():
        lock(get_account(person.id), "Badge stolen", actor_id=None)
    page = pages.get("/account")
    assert EndCause.ACCOUNT_LOCKED.sentence in page.text
    assert "Badge stolen" not in page.text


def test_session_that_the_database_does_not_know_is_over(app: Flask, pages: PageClient) -> None:
    from sqlalchemy import delete

    from webapp.infra.database import db, unit_of_work
    from webapp.sessions.models import Session

    person = make_account(app)
    sign_in(pages, person)
    with app.app_context(), unit_of_work():
        db.session.execute(delete(Session).where(Session.id.in_(session_ids(app, person.id))))
    assert EndCause.STATE_LOST.sentence in pages.get("/account").text


@pytest.mark.parametrize("path", ["/account", "/admin/accounts", "/admin/accounts?q=a%20b", "/admin/audit"])
def test_stranger_signs_in_and_comes_back(app: Flask, pages: PageClient, path: str) -> None:
    person = make_account(app, roles=("user", "administrator"))
    assert pages.get(path).path == f"/login?next={quote(path, safe='')}"
    page = pages.submit("/login", username=person.username, password=person.password)
    assert (page.status, page.path) == (200, path)


@pytest.mark.parametrize("cookie", ["x", "e30.x.y", "x" * 3_000, "eyJzaWQiOiJ4In0.aaaaaa.bbbbbb"])
def test_page_cookie_that_was_made_up_opens_nothing(app: Flask, pages: PageClient, cookie: str) -> None:
    sign_in(pages, make_account(app))
    pages.client.set_cookie("__Host-session", cookie, domain="localhost", secure=True)
    assert pages.get("/account").path == "/login?next=%2Faccount"
