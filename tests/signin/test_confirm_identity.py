"""A page session that outlives its refresh token: the password again, and the same session goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import (
    OTHER_PASSWORD,
    Person,
    csrf_header,
    make_account,
    refresh,
    sign_in,
    sign_in_by_api,
)
from tests.page_client import Page, PageClient
from tests.signin.faces import end_cause_of, events_of, session_ids
from webapp.web import cookies

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
PATH = "/login?next=/account&confirm=1"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelling:
        yield travelling


@pytest.fixture
def person(app: Flask) -> Person:
    return make_account(app)


@pytest.fixture
def lost(pages: PageClient, person: Person, clock: time_machine.Traveller) -> PageClient:
    """Signed in an hour ago, and the refresh cookies are gone."""
    sign_in(pages, person)
    clock.shift(timedelta(hours=1))
    for name in (cookies.REFRESH, cookies.REFRESH_CSRF):
        pages.client.delete_cookie(name, domain="localhost")
    assert pages.client.post("/api/v1/refresh").get_json()["error"] == "refresh_token_missing"
    return pages


def confirm(pages: PageClient, person: Person, password: str | None = None) -> Page:
    pages.get(PATH)
    return pages.submit(password=password or person.password)


def test_password_lets_the_same_session_go_on(app: Flask, lost: PageClient, person: Person) -> None:
    before = session_ids(app, person.id)
    page = lost.get(PATH)
    assert (page.heading, page.find("input[name=username]")) == ("Confirm it is you", None)
    assert f"Signed in as {person.username}" in page.text
    assert lost.submit(password=person.password).path == "/account"
    assert lost.client.get("/api/v1/protected", headers=refresh(lost.client)).status_code == 200
    assert session_ids(app, person.id) == before
    assert end_cause_of(app, before[0]) is None
    assert len(events_of(app, "refresh_chain.renewed")) == 1


def test_confirming_is_a_fresh_proof(lost: PageClient, person: Person) -> None:
    assert confirm(lost, person).path == "/account"
    body = {"password": OTHER_PASSWORD}
    answer = lost.client.post("/api/v1/password", json=body, headers=refresh(lost.client))
    assert answer.status_code == 204


def test_wrong_passwords_are_counted_in_the_lane_of_proofs(lost: PageClient, person: Person) -> None:
    lost.get(PATH)
    answers = [lost.submit(password=OTHER_PASSWORD) for _ in range(11)]
    assert [each.status for each in answers] == [403] * 10 + [429]
    assert all(each.heading == "Confirm it is you" for each in answers)
    assert "That is not your password." in answers[0].text
    assert "Try again in" in answers[-1].text
    assert int(answers[-1].response.headers["Retry-After"]) > 0
    assert answers[-1].response.headers.getlist("Set-Cookie") == []
    assert sign_in(PageClient(lost.client.application.test_client()), person).path == "/account"


def test_copy_of_a_token_of_before_is_dead_and_then_ends_the_session(
    app: Flask, pages: PageClient, person: Person, clock: time_machine.Traveller
) -> None:
    sign_in(pages, person)
    thief = app.test_client()
    for name in (cookies.REFRESH, cookies.REFRESH_CSRF):
        stolen = pages.client.get_cookie(name)
        assert stolen is not None
        thief.set_cookie(name, stolen.value, domain="localhost", secure=True)
    confirm(pages, person)
    assert thief.post("/api/v1/refresh", headers=csrf_header(thief)).status_code == 409
    refresh(pages.client)
    clock.shift(timedelta(seconds=15))
    assert (
        thief.post("/api/v1/refresh", headers=csrf_header(thief)).get_json()["error"]
        == "refresh_token_reused"
    )


def test_session_whose_cookie_stood_in_the_way_is_ended(
    app: Flask, pages: PageClient, person: Person
) -> None:
    other = make_account(app)
    sign_in(pages, person)
    mixed: FlaskClient = app.test_client()
    sign_in_by_api(mixed, other)
    for name in (cookies.REFRESH, cookies.REFRESH_CSRF):
        theirs = mixed.get_cookie(name)
        assert theirs is not None
        pages.client.set_cookie(name, theirs.value, domain="localhost", secure=True)
    confirm(pages, person)
    assert end_cause_of(app, session_ids(app, other.id)[0]) == "signed_in_again"
    answer = pages.client.get("/api/v1/profile", headers=refresh(pages.client))
    assert answer.get_json()["username"] == person.username


def test_somebody_else_signs_out_and_in(app: Flask, lost: PageClient, person: Person) -> None:
    lost.get(PATH)
    assert lost.submit("/logout").heading == "Sign in"
    assert end_cause_of(app, session_ids(app, person.id)[0]) == "signed_out"


def test_session_that_ended_meanwhile_asks_for_a_sign_in_and_says_why(
    app: Flask, lost: PageClient, person: Person
) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.sessions.causes import EndCause
    from webapp.sessions.service import end_all_sessions

    lost.get(PATH)
    with app.app_context(), unit_of_work():
        end_all_sessions(person.id, EndCause.ADMINISTRATOR)
    page = lost.submit(password=person.password)
    assert (page.heading, page.path) == ("Sign in", "/login?next=/account")
    assert EndCause.ADMINISTRATOR.sentence in page.text


def test_nobody_signed_in_sees_the_ordinary_form(pages: PageClient) -> None:
    assert pages.get(PATH).heading == "Sign in"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_confirming_leads_to_a_path_of_this_site(lost: PageClient, person: Person, wanted: str) -> None:
    lost.get(f"/login?confirm=1&next={wanted}")
    assert lost.submit(password=person.password).path == "/account"


def test_form_of_another_page_is_refused(lost: PageClient, person: Person) -> None:
    answer = lost.client.post(PATH, data={"csrf_token": "x", "password": person.password})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (422, [])
