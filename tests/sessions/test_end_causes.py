"""Somebody whose session was ended is told why, once, on the way to signing in again."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from flask import Flask

from tests.make import Person, make_account, sign_in
from tests.page_client import PageClient
from tests.signin.faces import session_ids
from webapp.sessions.causes import EndCause

TOLD = [each for each in EndCause if each is not EndCause.SIGNED_OUT]


def end(app: Flask, person: Person, cause: EndCause) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.sessions.service import end_all_sessions

    with app.app_context(), unit_of_work():
        end_all_sessions(person.id, cause)


@pytest.mark.parametrize("cause", TOLD)
@pytest.mark.parametrize("path", ["/account", "/login"])
def test_cause_is_told_once(app: Flask, pages: PageClient, cause: EndCause, path: str) -> None:
    person = make_account(app)
    sign_in(pages, person)
    end(app, person, cause)
    page = pages.get(path)
    assert page.path.startswith("/login")
    assert [each.text for each in page.find_all(".notice")] == [cause.sentence]
    assert pages.get("/login").find(".notice") is None


def test_person_who_signed_out_here_is_told_nothing_more(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    sign_in(pages, person)
    end(app, person, EndCause.SIGNED_OUT)
    assert pages.get("/account").find(".notice") is None


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
