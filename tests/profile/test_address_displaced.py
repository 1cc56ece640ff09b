"""What a change of address leaves behind: old letters open nothing, and an address that is dropped is told."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.mailbox import letters_to, link_in
from tests.make import Person, make_account, make_not_me_path
from tests.page_client import PageClient
from tests.profile.address_people import MAIL, NEW, ask_for, change, undo_path, verify_path
from tests.signin.faces import events_of


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


def test_undone_change_is_told_to_the_address_it_drops(app: Flask, ada: Person, pages: PageClient) -> None:
    change(app, ada)
    pages.get(undo_path(app, ada.email))
    assert letters_to(app, NEW, kind="address_displaced") == []
    pages.submit()
    (letter,) = letters_to(app, NEW, kind="address_displaced")
    assert f"{NEW} is the email address of the account ada" in letter.paragraphs[0]
    assert "ask an administrator of Latchkey" in letter.closing[0]
    # Its reader may be the thief: nothing in it opens anything.
    assert (letter.action, letter.others) == (None, ())
    assert ada.email not in "".join((*letter.paragraphs, *letter.closing))
    assert "://" not in "".join((*letter.paragraphs, *letter.closing))


def test_not_me_links_of_the_former_mailbox_are_void(app: Flask, ada: Person, pages: PageClient) -> None:
    path = make_not_me_path(app, ada)
    assert pages.get(path).status == 200
    change(app, ada)
    assert pages.get(path).status == 410
    assert PageClient(app.test_client()).get(undo_path(app, ada.email)).status == 200
    assert events_of(app, "account.secured") == []


def test_not_me_links_stay_while_the_change_waits(app: Flask, ada: Person, pages: PageClient) -> None:
    path = make_not_me_path(app, ada)
    ask_for(app.test_client(), ada, NEW)
    pages.get(verify_path(app, NEW))
    assert pages.get(path).status == 200


def test_each_of_two_changes_tells_where_to_go_back_and_no_link_twice(app: Flask, ada: Person) -> None:
    change(app, ada)
    change(app, ada, "third@example.net")
    assert link_in(letters_to(app, NEW, kind="address_changed")[0]) != undo_path(app, ada.email)
