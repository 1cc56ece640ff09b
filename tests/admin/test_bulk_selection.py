"""Whom an act on many accounts is for: those ticked, or all that match, as the page said it and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.bulk import BULK, ask, ask_all, confirm, csrf_of, notes_on, people_on
from tests.admin.console import Console, events, find, make_crowd, open_console
from tests.make import entered, make_account, make_administrator
from webapp.accounts import service
from webapp.admin import bulk
from webapp.admin.removal import order_deletion
from webapp.infra.database import unit_of_work
from webapp.profile import store as profile_store

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.mark.database
def test_all_that_match_are_meant_and_a_change_among_them_is_told(app: Flask, console: Console) -> None:
    make_crowd(app, 23)
    page = ask_all(console, "lock", q="crowd")
    assert page.heading == "Lock 23 accounts"
    first, rest = people_on(page)
    assert (len(first), len(rest), page.get("details summary").text) == (20, 3, "and 3 more")
    make_account(app, "crowded")
    page = confirm(console, reason="spam")
    assert (page.status, "now there are 24" in page.get(".error-summary").text) == (409, True)
    assert (page.heading, page.get("input[name=reason]").attributes["value"]) == ("Lock 24 accounts", "spam")
    assert events(app, "account.locked") == []
    assert "24 of 24: 24 done" in confirm(console).text
    assert len(events(app, "account.locked")) == 24
    assert not find(app, console.bob).is_locked


def test_what_changed_about_those_ticked_is_told_in_the_result(app: Flask, console: Console) -> None:
    carol, dave, erin = (make_account(app, name) for name in ("carol", "dave", "erin"))
    ask(console, "lock", console.bob, carol, dave, erin)
    with entered(app), unit_of_work():
        service.lock(service.get_account(carol.id), "before", actor_id=None)
        profile_store.delete_account(dave.id)
    page = confirm(console, reason="spam")
    assert "4 of 4: 2 done, 2 left out." in page.text
    said = notes_on(page)
    assert "carol: It is locked already." in said
    assert f"{dave.id}: This account is no longer there." in said
    assert find(app, carol).lock_reason == "before"


def test_forged_and_vanished_ids_are_told_of_and_the_others_done(app: Flask, console: Console) -> None:
    odd = ["nobody", "a" * 5_000, "\x00", "%FF", "é", "-1", "' OR 1=1 --", console.bob.id, console.bob.id]
    token = csrf_of(console.pages)
    page = console.pages.post(BULK, {"csrf_token": token, "action": "lock", "account": odd})
    assert (page.heading, "7 selected accounts are not there" in page.text) == ("Lock 1 account", True)
    assert "1 of 1: 1 done" in confirm(console, reason="spam").text


def test_of_all_administrators_but_oneself_the_last_usable_one_stays(app: Flask, console: Console) -> None:
    one, two = make_administrator(app, "one"), make_administrator(app, "two")
    page = ask(console, "remove_role", one, two, chosen_role="administrator")
    assert people_on(page) == [["one", "two"]]
    with entered(app), unit_of_work():
        # Whoever asks is about to go, so that somebody else has to stay.
        service.get_account(console.root.id).deletion_due_at = service.get_account(one.id).created_at.replace(
            year=2999
        )
    page = ask(console, "remove_role", one, two, chosen_role="administrator")
    assert people_on(page) == [["one"], ["two"]]
    assert "This is the last administrator who can sign in. Make another one first." in page.text
    assert "1 done" in confirm(console).text
    assert find(app, two).role_names == ["administrator", "user"]


def test_deletion_that_its_owner_asked_for_is_not_ours_to_call_off(app: Flask, console: Console) -> None:
    carol = make_account(app, "carol")
    with entered(app), unit_of_work():
        order_deletion(carol.id, actor_id=console.root.id)
        bob = service.get_account(console.bob.id)
        bob.deletion_due_at = bob.created_at.replace(year=2999)
    page = ask(console, "restore", console.bob, carol)
    assert people_on(page) == [["carol"], ["bob"]]
    assert "Its owner asked for it to be deleted" in page.text


def test_more_than_are_done_at_once_are_refused_with_what_to_do(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 30)
    make_crowd(app, 30)
    assert ask_all(console, "lock", q="crowd").heading == "Lock 30 accounts"
    make_account(app, "crowded")
    page = ask_all(console, "lock", q="crowd")
    assert page.status == 422
    assert "More than 10,000 accounts match" in page.text
    assert "narrow the filters, and do it in parts" in page.text
    assert page.find("a[href=/admin/accounts?q=crowd]") is not None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "lock"}, "No account is selected"),
        ({"action": "lock", "everyone": "1", "q": "nobody-has-this"}, "No account is selected"),
        ({"action": "lock", "everyone": "yes"}, "No account is selected"),
        ({"action": ""}, "Choose what to do"),
        ({"action": "promote"}, "Choose what to do"),
        ({"action": "lock", "account": [f"id{number}" for number in range(501)]}, "At most 500"),
        ({"action": "lock", "job": "x"}, "There is no such job"),
        ({"action": "add_role", "chosen_role": "king", "account": "x"}, "There is no role by that name"),
        ({"action": "lock", "account": "x"}, "There is nobody left to whom it could be done"),
    ],
)
def test_form_that_means_nobody_or_nothing_is_answered_in_words(
    app: Flask, console: Console, fields: dict[str, str | list[str]], words: str
) -> None:
    token = csrf_of(console.pages)
    for path in (BULK, f"{BULK}/confirm"):
        page = console.pages.post(path, {"csrf_token": token, **fields})
        assert words in page.text
        assert 200 <= page.status < 500
    assert events(app, "job.started") == []
