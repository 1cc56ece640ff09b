"""Guessing locks the one who guesses: the owner's own browser keeps its lane."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from tests.make import OTHER_PASSWORD, Person, make_account, make_reset_path
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def fail(app: Flask, person: Person, times: int, *, face: str = "api", client: object = None) -> list[int]:
    """Wrong passwords one after the other, from a browser that nobody has seen before unless one is given."""
    browser = client or app.test_client()
    return [ask(face, browser, person.username, OTHER_PASSWORD).status_code for _ in range(times)]  # type: ignore[arg-type]


def set_failures(app: Flask, person: Person, count: int) -> None:
    from webapp.accounts.models import Account
    from webapp.infra.database import db, unit_of_work

    with app.app_context(), unit_of_work():
        db.session.execute(update(Account).where(Account.id == person.id).values(failures_in_a_row=count))


@pytest.mark.limits
@pytest.mark.parametrize("face", FACES)
def test_ten_wrong_passwords_lock_strangers_and_not_the_known_device(app: Flask, face: str) -> None:
    person = make_account(app)
    known = app.test_client()
    assert is_in(ask(face, known, person.username, person.password))
    assert fail(app, person, 11, face=face) == [401] * 10 + [429]
    refused = ask(face, app.test_client(), person.username, person.password)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert is_in(ask("api", known, person.username, person.password))


def test_known_device_has_ten_tries_of_its_own(app: Flask) -> None:
    person = make_account(app)
    known = app.test_client()
    ask("api", known, person.username, person.password)
    assert fail(app, person, 11, client=known) == [401] * 10 + [429]
    assert is_in(ask("api", app.test_client(), person.username, person.password))


@pytest.mark.parametrize("names", [["ada", "ADA", " ada "], ["ada@example.org", "Ada@Example.ORG"]])
def test_every_way_to_write_a_name_shares_its_lane(app: Flask, names: list[str]) -> None:
    person = make_account(app, "ada")
    client = app.test_client(use_cookies=False)
    written = (names * 5)[:10]
    assert [ask("api", client, name, "x").status_code for name in written] == [401] * 10
    assert {ask("api", client, name, person.password).status_code for name in names} == {429}


def test_lanes_do_not_tell_which_address_belongs_to_a_name(app: Flask) -> None:
    person = make_account(app, "ada")
    fail(app, person, 11)
    statuses = {ask("api", app.test_client(), name, "x").status_code for name in (person.email, "b@a.org")}
    assert statuses == {401}


def test_device_cookie_of_another_account_opens_no_lane(app: Flask) -> None:
    person, eve = make_account(app), make_account(app)
    hers = app.test_client()
    ask("api", hers, eve.username, eve.password)
    fail(app, person, 10)
    assert fail(app, person, 1, client=hers) == [429]


@pytest.mark.parametrize("text", ["junk", "W10", ".", "a.b", "WyJhIl0.junk", "\u00e9", "x" * 3_000])
def test_device_cookie_that_was_made_up_opens_no_lane(app: Flask, text: str) -> None:
    person = make_account(app)
    fail(app, person, 10)
    client = app.test_client()
    client.set_cookie("__Host-device", text, domain="localhost", secure=True)
    assert fail(app, person, 1, client=client) == [429]


def test_lane_opens_again_with_the_next_window(app: Flask) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        assert fail(app, person, 11)[-1] == 429
        clock.shift(timedelta(minutes=15))
        assert is_in(ask("api", app.test_client(), person.username, person.password))


def test_success_gives_its_attempt_back_and_no_more(app: Flask) -> None:
    person = make_account(app)
    client = app.test_client(use_cookies=False)
    fail(app, person, 9, client=client)
    assert all(is_in(ask("api", client, person.username, person.password)) for _ in range(3))
    assert fail(app, person, 2, client=client) == [401, 429]


@pytest.mark.parametrize("face", FACES)
def test_after_a_hundred_failures_in_a_row_a_stranger_needs_more_than_the_password(
    app: Flask, face: str
) -> None:
    person = make_account(app)
    known = app.test_client()
    ask("api", known, person.username, person.password)
    set_failures(app, person, 99)
    fail(app, person, 1)
    assert ask(face, app.test_client(), person.username, person.password).status_code == 401
    assert "too_many_failures" in events_of(app, "login.refused")[0]
    assert is_in(ask("api", known, person.username, person.password))


def test_sign_in_on_a_known_device_ends_the_row_of_failures(app: Flask) -> None:
    person = make_account(app)
    known = app.test_client()
    ask("api", known, person.username, person.password)
    set_failures(app, person, 100)
    ask("api", known, person.username, person.password)
    assert is_in(ask("api", app.test_client(), person.username, person.password))


def test_reset_link_ends_the_row_of_failures(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    set_failures(app, person, 100)
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    assert is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))


def test_stranger_reads_on_the_page_what_to_do_instead(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_SIGNIN_PER_ACCOUNT="1/1d")
    person = make_account(app)
    fail(app, person, 1)
    page = PageClient(app.test_client())
    page.get("/login")
    refused = page.submit("/login", username=person.username, password=person.password)
    assert (refused.status, refused.heading) == (429, "Too many attempts")
    assert "a browser in which you have signed in before" in refused.text
