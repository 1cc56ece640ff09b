"""The sessions of one account: what is open, what is over and why, and whether the person could sign in now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.account_acts import delete, enter_as, post
from tests.admin.console import Console, enter, events, open_console, path_of
from tests.make import OTHER_PASSWORD, Person, enrol_app, entered, make_account, sign_in
from tests.page_client import PageClient
from webapp.accounts.service import get_account
from webapp.infra.database import unit_of_work
from webapp.sessions.causes import EndCause
from webapp.sessions.service import end_session, start_session

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def open_sessions(app: Flask, person: Person, number: int, *, ends: bool = False) -> list[str]:
    with entered(app), unit_of_work():
        ids = [start_session(get_account(person.id)).id for _ in range(number)]
        if ends:
            for each in ids:
                end_session(each, person.id, EndCause.PASSWORD_CHANGED)
    return ids


@pytest.mark.database
def test_one_session_ends_and_the_others_stay(app: Flask, console: Console) -> None:
    first, second = open_sessions(app, console.bob, 2)
    console.open()
    page = console.pages.submit(f"{path_of(console.bob)}/sessions/{first}/end")
    assert "The session ended." in page.text
    assert "by root: an administrator ended it" in page.text
    assert page.find(f"#session-{second}") is not None
    assert [each.session_id for each in events(app, "session.ended")] == [first]
    again = post(console.pages, f"{path_of(console.bob)}/sessions/{first}/end")
    assert "That session was over already." in again.text


def test_session_of_somebody_else_or_of_nobody_is_not_there(app: Flask, console: Console) -> None:
    (theirs,) = open_sessions(app, make_account(app), 1)
    for session_id in (theirs, "nobody", "x" * 500):
        page = post(console.pages, f"{path_of(console.bob)}/sessions/{session_id}/end")
        assert page.status == 404
    assert events(app, "session.ended") == []


def test_own_present_session_has_no_button_and_is_not_ended(app: Flask, console: Console) -> None:
    page = console.open(console.root)
    assert "This session" in page.get("#sessions").text
    (own,) = [each.session_id for each in events(app, "login.succeeded")]
    page = post(console.pages, f"{path_of(console.root)}/sessions/{own}/end")
    assert (page.status, "Sign out to end it." in page.text) == (409, True)


def test_support_ends_sessions_and_an_auditor_sees_no_form(app: Flask, console: Console) -> None:
    (session_id,) = open_sessions(app, console.bob, 1)
    path = f"{path_of(console.bob)}/sessions/{session_id}/end"
    auditor = enter_as(app, "auditor")
    assert auditor.get(path_of(console.bob)).find("main form") is None
    assert auditor.get(f"{path_of(console.bob)}/sessions").find("main form") is None
    assert post(auditor, path).status == 403
    support = enter_as(app, "support")
    support.get(path_of(console.bob))
    assert "The session ended." in support.submit(path).text


@pytest.mark.database
def test_many_sessions_are_shown_in_pages(app: Flask, console: Console) -> None:
    open_sessions(app, console.bob, 30, ends=True)
    open_sessions(app, console.bob, 30)
    page = console.open()
    assert len(page.find_all("#sessions .rows .row")) == 5
    page = console.pages.click("All 30 open sessions")
    assert len(page.find_all("#sessions .rows .row")) == 30
    ended = "section[aria-labelledby=ended-heading] .rows .row"
    assert len(page.find_all(ended)) == 25
    page = console.pages.click("Older")
    assert (len(page.find_all(ended)), page.find("#sessions")) == (5, None)
    assert len(console.pages.click("Newer").find_all(ended)) == 25


@pytest.mark.parametrize("cursor", ["x", "W10", "A" * 5000, "WyJvbGRlciIsMSwiYSJd"])
def test_cursor_that_somebody_invented_is_harmless(console: Console, cursor: str) -> None:
    assert console.pages.get(f"{path_of(console.bob)}/sessions?cursor={cursor}").status == 200


def test_failed_sign_ins_are_told_with_their_reasons(app: Flask, console: Console) -> None:
    wrong = Person(console.bob.id, "bob", console.bob.email, OTHER_PASSWORD)
    sign_in(PageClient(app.test_client()), wrong)
    console.send("lock", reason="Lost laptop")
    sign_in(PageClient(app.test_client()), console.bob)
    failed = console.open().get("section[aria-labelledby=failures-heading]").text
    assert failed.index("Refused, because the account was locked") < failed.index("The password was wrong")


def test_one_sentence_says_whether_they_could_sign_in_and_what_stands_in_the_way(
    app: Flask, console: Console
) -> None:
    def said(person: Person) -> str:
        return console.open(person).get("#sessions").text

    assert "They can sign in now, with their password" in said(console.bob)
    enrol_app(app, console.bob)
    assert "They can sign in now, with password and second step" in said(console.bob)
    quiet = make_account(app, "quiet", verified=False)
    assert "No address is verified: until one is, only their own profile is open" in said(quiet)
    console.send("lock", reason="Lost laptop")
    delete(console)
    words = said(console.bob)
    assert "They cannot sign in now" in words
    assert "The account is to be deleted." in words
    assert "locked until somebody unlocks it. The reason given: Lost laptop" in words
    console.send("restore")
    console.send("unlock")
    assert enter(app, quiet).get("/account").status == 200


def test_crowd_at_the_name_is_said(app: Flask, console: Console) -> None:
    nobody = Person("", "bob", "", "wrong enough")
    for _ in range(12):
        sign_in(PageClient(app.test_client()), nobody)
    assert "a new device has to wait some minutes" in console.open().get("#sessions").text
