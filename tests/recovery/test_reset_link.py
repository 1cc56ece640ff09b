"""A reset link: opened as often as one likes, used once, and the end of every session of before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.make import (
    OTHER_PASSWORD,
    make_account,
    make_reset_path,
    make_setup_path,
    refresh,
    sign_in,
    sign_in_by_api,
)
from tests.page_client import PageClient
from tests.signin.faces import ask, end_cause_of, events_of, is_in, session_ids

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def test_person_chooses_a_new_password_and_signs_in_with_it(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    page = pages.get(make_reset_path(app, person))
    assert person.username in page.text
    done = pages.submit(password=OTHER_PASSWORD)
    assert (done.path, "Your password is changed" in done.text) == ("/login", True)
    assert not is_in(ask("api", app.test_client(), person.username, person.password))
    assert is_in(ask("page", app.test_client(), person.username, OTHER_PASSWORD))


@pytest.mark.database
def test_every_session_ends_with_the_cause(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    program, browser = app.test_client(), PageClient(app.test_client())
    token = sign_in_by_api(program, person)
    sign_in(browser, person)
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    causes = {end_cause_of(app, each) for each in session_ids(app, person.id)}
    assert causes == {"password_changed"}
    assert program.get("/api/v1/protected", headers=token).get_json()["cause"] == "password_changed"
    assert "because your password was changed" in browser.get("/account").text


def test_session_of_the_browser_that_resets_ends_too(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    sign_in(pages, person)
    refresh(pages.client)
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    assert pages.cookie("__Host-refresh_token") is None
    assert pages.get("/account").path.startswith("/login")


def test_opening_the_link_spends_nothing(app: Flask, pages: PageClient) -> None:
    path = make_reset_path(app, make_account(app))
    assert [pages.get(path).status for _ in range(3)] == [200] * 3
    assert pages.client.head(path).status_code == 200
    pages.get(path)
    assert pages.submit(password=OTHER_PASSWORD).path == "/login"


def test_refused_password_spends_nothing_and_is_not_repeated(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    pages.get(make_reset_path(app, person))
    for refused in ("", "short", "password1234567", person.username * 4):
        page = pages.submit(password=refused)
        assert page.status == 422
        assert page.get("input[name=password]").attributes.get("value", "") == ""
    assert pages.submit(password=OTHER_PASSWORD).path == "/login"


def test_used_link_says_so(app: Flask, pages: PageClient) -> None:
    path = make_reset_path(app, make_account(app))
    pages.get(path)
    pages.submit(password=OTHER_PASSWORD)
    page = pages.get(path)
    assert (page.status, page.heading) == (410, "This link has been used")
    assert pages.post(path, data={"password": "another good one, again"}).status == 410
    assert len(events_of(app, "password.reset")) == 1


def test_newer_link_voids_the_older_one(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    older, newer = make_reset_path(app, person), make_reset_path(app, person)
    assert pages.get(older).status == 410
    assert pages.get(newer).status == 200


def test_link_of_another_person_stays_as_it_is(app: Flask, pages: PageClient) -> None:
    one, other = make_account(app), make_account(app)
    path = make_reset_path(app, one)
    make_reset_path(app, other)
    assert pages.get(path).status == 200


def test_link_expires_after_a_day(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        path = make_reset_path(app, person)
        clock.shift(timedelta(hours=24, seconds=-1))
        assert pages.get(path).status == 200
        clock.shift(timedelta(seconds=1))
        page = pages.submit(password=OTHER_PASSWORD)
        assert (page.status, page.heading) == (410, "This link has expired")
        assert is_in(ask("api", app.test_client(), person.username, person.password))


def test_lock_stays(app: Flask, pages: PageClient) -> None:
    person = make_account(app, locked=True)
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    assert ask("api", app.test_client(), person.username, OTHER_PASSWORD).status_code == 403


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5_000, "%00", "\u00e9", "%FF", "' OR 1=1 --"])
def test_unknown_link_says_so(app: Flask, pages: PageClient, token: str) -> None:
    response = pages.client.get(f"/reset-password/{token}")
    assert response.status_code in {400, 404, 410}


def test_set_up_link_is_no_reset_link(app: Flask, pages: PageClient) -> None:
    token = make_setup_path(app).rpartition("/")[2]
    page = pages.get(f"/reset-password/{token}")
    assert (page.status, page.heading) == (410, "This link does not work")


def test_form_whose_csrf_value_does_not_fit_spends_nothing(app: Flask, pages: PageClient) -> None:
    path = make_reset_path(app, make_account(app))
    pages.get(path)
    page = pages.post(path, data={"password": OTHER_PASSWORD})
    assert (page.status, OTHER_PASSWORD in page.html) == (422, False)
    assert pages.submit(password=OTHER_PASSWORD).path == "/login"


def test_link_is_kept_as_a_digest_only(app: Flask) -> None:
    from sqlalchemy import select

    from webapp.infra.database import db
    from webapp.infra.models import SingleUseLink

    token = make_reset_path(app, make_account(app)).rpartition("/")[2]
    with app.app_context():
        row = db.session.execute(select(*SingleUseLink.__table__.columns)).one()
    assert token not in repr(row)


def test_page_for_a_forgotten_password_says_what_to_do(pages: PageClient) -> None:
    pages.get("/login")
    page = pages.click("Forgot password?")
    assert page.path == "/forgot-password"
    assert "An administrator can make a reset link" in page.text
