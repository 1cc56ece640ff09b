"""Acts on several accounts from the list: the page before, what is done, and what is told after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.admin.bulk import BULK, ask, confirm, csrf_of, notes_on, people_on
from tests.admin.console import Console, events, find, make_crowd, open_console
from tests.mailbox import letters_to
from tests.make import make_account, make_administrator, sign_in_by_api
from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.make import Person

SMTP = {"SMTP_URL": "smtp://localhost:2525", "MAIL_FROM": "latchkey@example.org"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.fixture
def carol(app: Flask) -> Person:
    return make_account(app, "carol")


@pytest.mark.database
def test_page_says_what_happens_to_whom_and_the_form_does_it(app: Flask, console: Console) -> None:
    carol, dave = make_account(app, "carol"), make_account(app, "dave", locked=True)
    sign_in_by_api(app.test_client(), carol)
    page = ask(console, "lock", console.bob, carol, dave, console.root)
    assert (page.status, page.heading) == (200, "Lock 2 accounts")
    assert "1 open session ends at once" in page.text
    assert people_on(page) == [["bob", "carol"], ["dave"], ["root"]]
    assert "It is locked already." in page.text
    assert "This is your own account." in page.text
    assert not find(app, carol).is_locked

    page = confirm(console, reason="  Moved   away ", until=f"{clock.now().year + 1}-01-01")
    assert page.path.startswith("/admin/jobs/")
    assert (page.heading, notes_on(page)) == ("Lock 2 accounts", [])
    assert "2 of 2: 2 done, 0 left out." in page.text
    for person in (console.bob, carol):
        account = find(app, person)
        assert (account.is_locked, account.lock_reason) == (True, "Moved away")
        assert account.locked_until == datetime(clock.now().year + 1, 1, 1, tzinfo=UTC)
    locked = events(app, "account.locked")[-2:]
    assert {(each.account_id, each.actor_id) for each in locked} == {
        (person.id, console.root.id) for person in (console.bob, carol)
    }
    assert [each.account_id for each in events(app, "session.ended")] == [carol.id]
    assert [each.actor_id for name in ("job.started", "job.finished") for each in events(app, name)] == [
        console.root.id
    ] * 2


def test_locked_accounts_are_unlocked_and_others_left_out(app: Flask, console: Console) -> None:
    dave = make_account(app, "dave", locked=True)
    page = ask(console, "unlock", console.bob, dave)
    assert (page.heading, people_on(page)) == ("Unlock 1 account", [["dave"], ["bob"]])
    assert "1 of 1: 1 done" in confirm(console).text
    assert not find(app, dave).is_locked


def test_sessions_end_but_not_ones_own(app: Flask, console: Console, carol: Person) -> None:
    machine = app.test_client()
    token = sign_in_by_api(machine, carol)
    page = ask(console, "end_sessions", console.bob, carol, console.root)
    assert people_on(page) == [["carol"], ["bob"], ["root"]]
    assert "1 done" in confirm(console).text
    assert machine.get("/api/v1/protected", headers=token).get_json()["cause"] == "administrator"


def test_role_is_asked_for_and_given_to_those_who_lack_it(
    app: Flask, console: Console, carol: Person
) -> None:
    other = make_administrator(app, "other")
    page = ask(console, "add_role", console.bob, carol, other)
    assert (page.heading, page.find("input[name=chosen_role]") is not None) == (
        "Give a role to 3 accounts",
        True,
    )
    page = console.pages.submit(BULK, chosen_role="administrator")
    assert page.heading == "Give the role administrator to 2 accounts"
    assert people_on(page) == [["bob", "carol"], ["other"]]
    assert "2 done" in confirm(console).text
    assert find(app, carol).role_names == ["administrator", "user"]


def test_role_is_taken_and_the_way_back_gives_it_again(app: Flask, console: Console) -> None:
    one, two = make_administrator(app, "one"), make_administrator(app, "two")
    ask(console, "remove_role", one, two, console.bob, chosen_role="administrator")
    page = confirm(console)
    assert [find(app, each).role_names for each in (one, two)] == [["user"]] * 2
    page = console.pages.submit(BULK)
    assert (page.heading, people_on(page)) == ("Give the role administrator to 2 accounts", [["one", "two"]])
    assert "2 done" in confirm(console).text
    assert "administrator" in find(app, one).role_names


def test_new_password_is_required_by_letter_and_who_gets_none_is_named(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(**SMTP)
    console, carol = open_console(app), make_account(app, "carol", verified=False)
    page = ask(console, "require_password", console.bob, carol)
    assert "1 gets a letter with a link to choose another one, good for 24 hours." in page.text
    assert "1 gets no letter: make a reset link by hand." in page.text
    page = confirm(console)
    assert notes_on(page) == ["carol: Done, but no letter could be sent: make a reset link and hand it over."]
    assert "2 done, 0 left out" in page.text
    assert all(find(app, each).password_voided_at for each in (console.bob, carol))
    assert len(letters_to(app, console.bob.email)) == 1
    assert len(events(app, "password.voided")) == 2


def test_deleting_takes_the_number_and_can_be_taken_back(app: Flask, console: Console, carol: Person) -> None:
    page = ask(console, "delete", console.bob, carol)
    assert (page.heading, "In 14 days they are gone for good" in page.text) == ("Delete 2 accounts", True)
    for wrong in ("", "3", "two"):
        page = confirm(console, number=wrong)
        assert (page.status, "Write 2 to confirm." in page.get(".error-summary").text) == (422, True)
    assert events(app, "deletion.ordered") == []
    page = confirm(console, number="2")
    assert [find(app, each).deletion_actor_id for each in (console.bob, carol)] == [console.root.id] * 2
    page = console.pages.submit(BULK)
    assert page.heading == "Restore 2 accounts"
    assert "2 done" in confirm(console).text
    assert find(app, carol).deletion_due_at is None


def test_securing_leads_to_its_own_page(app: Flask, console: Console, carol: Person) -> None:
    page = ask(console, "secure", console.bob, carol)
    assert (page.path.partition("?")[0], page.heading) == ("/admin/accounts/secure", "Secure 2 accounts")
    crowd = make_crowd(app, 101)
    page = console.pages.post(
        BULK, {"csrf_token": csrf_of(console.pages), "action": "secure", "account": crowd}
    )
    assert (page.status, "at most 100" in page.text) == (422, True)
