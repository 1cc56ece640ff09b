"""A forgotten password: a link is sent to the verified address, and the page says the same to everybody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.mailbox import letters_to, link_in
from tests.make import (
    OTHER_PASSWORD,
    Person,
    enrol_app,
    make_account,
    make_reset_path,
    sign_in,
    sign_in_by_api,
)
from tests.page_client import Page, PageClient
from tests.signin.faces import ask, end_cause_of, is_in, session_ids

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


def forget(app: Flask, name: str) -> Page:
    pages = PageClient(app.test_client())
    pages.get("/forgot-password")
    return pages.submit("/forgot-password", username=name)


def reset_paths(app: Flask, person: Person) -> list[str]:
    return [link_in(each) for each in letters_to(app, person.email, kind="password_reset")]


@pytest.mark.database
@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org", " Ada@EXAMPLE.org "])
def test_link_of_the_letter_chooses_a_new_password(
    app: Flask, ada: Person, pages: PageClient, name: str
) -> None:
    page = forget(app, name)
    assert (page.status, page.heading) == (200, "Look into your mail")
    (path,) = reset_paths(app, ada)
    pages.get(path)
    assert pages.submit(password=OTHER_PASSWORD).path == "/login"
    assert is_in(ask("api", app.test_client(), "ada", OTHER_PASSWORD))


def test_reset_ends_every_session_and_tells_the_owner(app: Flask, ada: Person, pages: PageClient) -> None:
    sign_in_by_api(app.test_client(), ada)
    sign_in(PageClient(app.test_client()), ada)
    pages.get(make_reset_path(app, ada))
    pages.submit(password=OTHER_PASSWORD)
    assert {end_cause_of(app, each) for each in session_ids(app, ada.id)} == {"password_changed"}
    (letter,) = letters_to(app, ada.email, kind="password_reset_done")
    assert "by a reset link" in letter.paragraphs[0]
    assert "/not-me/" in letter.others[0][1]


def test_reset_keeps_the_second_factor(app: Flask, ada: Person, pages: PageClient) -> None:
    enrol_app(app, ada)
    pages.get(make_reset_path(app, ada))
    pages.submit(password=OTHER_PASSWORD)
    answer = ask("api", app.test_client(), "ada", OTHER_PASSWORD)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "mfa_required")


def test_reset_spends_every_other_reset_link(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada = make_account(app, "ada")
        for _ in range(3):
            forget(app, "ada")
            clock.shift(timedelta(minutes=5))
        first, second, third = reset_paths(app, ada)
        assert [pages.get(each).status for each in (first, second, third)] == [200] * 3
        pages.get(second)
        pages.submit(password=OTHER_PASSWORD)
        assert [pages.get(each).status for each in (first, third)] == [410] * 2


def test_link_lasts_an_hour(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada = make_account(app, "ada")
        forget(app, "ada")
        (path,) = reset_paths(app, ada)
        clock.shift(timedelta(hours=1, seconds=-1))
        assert pages.get(path).status == 200
        clock.shift(timedelta(seconds=1))
        page = pages.get(path)
        assert (page.status, page.heading) == (410, "This link has expired")
        assert pages.click("Ask for a new link").path == "/forgot-password"


def test_second_letter_comes_after_five_minutes_at_the_earliest(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada = make_account(app, "ada")
        pages = [forget(app, name).text for name in ("ada", ada.email, "ada")]
        assert (len(set(pages)), len(reset_paths(app, ada))) == (1, 1)
        clock.shift(timedelta(minutes=5, seconds=-1))
        forget(app, "ada")
        assert len(reset_paths(app, ada)) == 1
        clock.shift(timedelta(seconds=1))
        forget(app, "ada")
        assert len(reset_paths(app, ada)) == 2


@pytest.mark.database
def test_twenty_requests_at_once_send_one_letter(app: Flask, ada: Person) -> None:
    with ThreadPoolExecutor(20) as crowd:
        found = list(crowd.map(lambda _: forget(app, "ada").heading, range(20)))
    assert found == ["Look into your mail"] * 20
    assert len(reset_paths(app, ada)) == 1


def test_unverified_address_gets_none(app: Flask) -> None:
    person = make_account(app, verified=False)
    for name in (person.username, person.email):
        assert forget(app, name).heading == "Look into your mail"
    assert letters_to(app, person.email) == []


def test_lock_stays(app: Flask, pages: PageClient) -> None:
    person = make_account(app, locked=True)
    forget(app, person.username)
    pages.get(reset_paths(app, person)[0])
    pages.submit(password=OTHER_PASSWORD)
    assert ask("api", app.test_client(), person.username, OTHER_PASSWORD).status_code == 403


def test_without_mail_an_administrator_makes_the_link(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="", MAIL_FROM="")
    pages = PageClient(app.test_client())
    page = pages.get("/forgot-password")
    assert "An administrator can make a reset link" in page.text
    assert page.find("form[action='/forgot-password']") is None


@pytest.mark.parametrize(("name", "status"), [("", 422), ("x" * 255, 422), ("x\x00y", 422)])
def test_name_that_is_none_is_refused(app: Flask, name: str, status: int) -> None:
    assert forget(app, name).status == status


def test_form_whose_csrf_value_does_not_fit_sends_nothing(app: Flask, ada: Person, pages: PageClient) -> None:
    pages.get("/forgot-password")
    assert pages.post("/forgot-password", data={"username": "ada"}).status == 422
    assert reset_paths(app, ada) == []
