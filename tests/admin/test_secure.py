"""Securing accounts at the console: who is shown, what happens to each, and what is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, find, make_crowd, open_console, path_of
from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, entered, make_account, make_administrator, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import ask, is_in
from webapp.accounts.models import Account
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.make import Person
    from tests.page_client import Page

LIST = "/admin/accounts"
SECURE = "/admin/accounts/secure"
SMTP = {"SMTP_URL": "smtp://localhost:2525", "MAIL_FROM": "latchkey@example.org"}
START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def select(console: Console, *people: Person) -> Page:
    """Tick these in the list and go on."""
    console.pages.get(LIST)
    return console.pages.submit(f"{LIST}/bulk", account=[each.id for each in people], action="secure")


@pytest.mark.database
def test_page_says_what_will_happen_to_whom_and_nothing_has(make_app: Callable[..., Flask]) -> None:
    app = make_app(**SMTP)
    console = open_console(app)
    carol = make_account(app, "carol", verified=False)
    token = sign_in_by_api(app.test_client(), console.bob)
    with entered(app), unit_of_work():
        db.session.get_one(Account, carol.id).second_factor_since = START
    page = select(console, console.bob, carol)
    assert page.heading == "Secure 2 accounts"
    rows = [row.text for row in page.find_all("main .rows .row")]
    assert "1 session ends" in rows[0]
    assert "gets a letter with a reset link, good for 24 hours" in rows[0]
    assert "signed in nowhere" in rows[1]
    assert "gets no letter: make a reset link by hand" in rows[1]
    assert [("Second factor" in row) for row in rows] == [False, True]
    assert app.test_client().get("/api/v1/protected", headers=token).status_code == 200
    assert events(app, "account.secured") == []


@pytest.mark.database
def test_everybody_selected_is_out_and_gets_a_letter(make_app: Callable[..., Flask]) -> None:
    app = make_app(**SMTP)
    console, carol = open_console(app), make_account(app, "carol", verified=False)
    machine = app.test_client()
    token = sign_in_by_api(machine, console.bob)
    select(console, console.bob, carol)
    page = console.pages.submit(SECURE)
    assert (page.status, page.heading) == (200, "2 accounts secured")
    assert "1 session ended" in page.text
    assert machine.get("/api/v1/protected", headers=token).get_json()["cause"] == "account_secured"
    assert not is_in(ask("api", app.test_client(), "bob", console.bob.password))
    told = [(each.account_id, each.actor_id, each.detail) for each in events(app, "account.secured")]
    assert sorted(told) == sorted(
        [
            (console.bob.id, console.root.id, '{"count":1,"reason":"administrator"}'),
            (carol.id, console.root.id, '{"count":0,"reason":"administrator"}'),
        ]
    )
    (letter,) = letters_to(app, console.bob.email, kind="account_secured")
    assert letters_to(app, carol.email) == []
    assert page.find(f"form[action={path_of(carol)}/reset-link]") is not None
    assert page.find(f"form[action={path_of(console.bob)}/reset-link]") is None

    bob = PageClient(app.test_client())
    bob.get(link_in(letter))
    bob.submit(password=OTHER_PASSWORD)
    assert is_in(ask("page", app.test_client(), "bob", OTHER_PASSWORD))


def test_account_page_leads_to_it_and_shows_how_it_stands(console: Console) -> None:
    console.open()
    page = console.pages.click("Secure account")
    assert page.heading == "Secure bob"
    page = console.pages.submit(SECURE)
    assert page.heading == "1 account secured"
    assert "no letter could be sent: make a reset link and hand it over" in page.text
    console.pages.click("Back to bob")
    page = console.open()
    assert "it opens nothing until the owner chooses another" in page.text
    assert "root secured the account of bob" in page.text


def test_own_account_is_left_out_and_that_is_said(app: Flask, console: Console) -> None:
    page = console.pages.get(LIST)
    assert [each.attributes["value"] for each in page.find_all("input[name=account]")] == [console.bob.id]
    assert console.open(console.root).find(f"a[href={SECURE}?account={console.root.id}]") is None
    page = console.pages.get(f"{SECURE}?account={console.root.id}&account={console.bob.id}")
    assert (page.heading, "Your own account is left out" in page.text) == ("Secure bob", True)
    token = page.get("main input[name=csrf_token]").attributes["value"]
    page = console.pages.post(SECURE, {"csrf_token": token, "account": [console.root.id, console.bob.id]})
    assert (page.heading, "Your own account was left out." in page.text) == ("1 account secured", True)
    assert find(app, console.root).password_voided_at is None


def test_unknown_ids_are_told_of_and_the_others_done(app: Flask, console: Console) -> None:
    odd = ["nobody", "a" * 5_000, "\x00", "%FF", "é", "' OR 1=1 --"]
    page = console.pages.get(SECURE, query_string={"account": [*odd, console.bob.id]})
    assert (page.heading, "6 selected accounts are no longer there" in page.text) == ("Secure bob", True)
    token = page.get("main input[name=csrf_token]").attributes["value"]
    page = console.pages.post(SECURE, {"csrf_token": token, "account": [*odd, console.bob.id]})
    assert (page.heading, "6 selected accounts are no longer there" in page.text) == (
        "1 account secured",
        True,
    )
    assert len(events(app, "account.secured")) == 1


def test_nothing_selected_says_so(app: Flask, console: Console) -> None:
    page = select(console)
    assert (page.status, "No account is selected" in page.get(".error-summary").text) == (422, True)
    token = page.get("input[name=csrf_token]").attributes["value"]
    for ids in ([], [console.root.id]):
        assert console.pages.post(SECURE, {"csrf_token": token, "account": ids}).status == 422
    assert events(app, "account.secured") == []


@pytest.mark.database
def test_twice_is_done_once(make_app: Callable[..., Flask]) -> None:
    app = make_app(**SMTP)
    console = open_console(app)
    page = select(console, console.bob)
    token = page.get("main input[name=csrf_token]").attributes["value"]
    for _ in range(2):
        page = console.pages.post(SECURE, {"csrf_token": token, "account": [console.bob.id]})
    assert (page.heading, "was secured already" in page.text) == ("0 accounts secured", True)
    assert len(events(app, "account.secured")) == 1
    (letter,) = letters_to(app, console.bob.email, kind="account_secured")
    assert PageClient(app.test_client()).get(link_in(letter)).status == 200


@pytest.mark.database
def test_hundred_accounts_are_secured_at_once_and_a_thousand_are_too_many(
    app: Flask, console: Console
) -> None:
    crowd = make_crowd(app, 1_000)
    page = select(console, console.bob)
    token = page.get("main input[name=csrf_token]").attributes["value"]
    page = console.pages.post(SECURE, {"csrf_token": token, "account": crowd})
    assert (page.status, "Secure at most 100 accounts at a time" in page.text) == (422, True)
    assert events(app, "account.secured") == []
    page = console.pages.post(SECURE, {"csrf_token": token, "account": crowd[:100]})
    assert (page.status, page.heading) == (200, "100 accounts secured")
    assert len(events(app, "account.secured")) == 100
    assert find(app, console.bob).password_voided_at is None


def test_other_administrators_can_be_secured_and_the_console_is_not_lost(
    app: Flask, console: Console
) -> None:
    second = make_administrator(app, "second")
    theirs = enter(app, second)
    select(console, second)
    console.pages.submit(SECURE)
    assert theirs.get(LIST).path.startswith("/login")
    page = console.pages.get(LIST)
    assert page.status == 200
