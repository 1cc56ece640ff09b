"""A person is made to choose a new password: the old one opens nothing, and a letter shows the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.account_acts import MAIL, confirm, enter_as, post
from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, Person, make_account, sign_in
from tests.page_client import PageClient

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.mark.database
def test_old_password_opens_nothing_and_the_letter_leads_to_a_new_one(app: Flask, console: Console) -> None:
    bob = enter(app, console.bob)
    page = confirm(console, "new-password")
    assert "A reset link is on its way to bob@example.org." in page.text
    assert "They cannot sign in now" in page.get("#sessions").text
    assert "signed out by an administrator" in bob.get("/account").text
    assert sign_in(PageClient(app.test_client()), console.bob).path != "/account"
    (letter,) = letters_to(app, console.bob.email, kind="new_password_required")
    visitor = PageClient(app.test_client())
    visitor.get(link_in(letter))
    visitor.submit(link_in(letter), password=OTHER_PASSWORD)
    renewed = Person(console.bob.id, "bob", console.bob.email, OTHER_PASSWORD)
    assert enter(app, renewed).get("/account").status == 200
    (event,) = events(app, "password.voided")
    assert (event.account_id, event.actor_id) == (console.bob.id, console.root.id)


def test_without_an_address_the_administrator_is_told_to_make_a_link(app: Flask, console: Console) -> None:
    quiet = make_account(app, "quiet", verified=False)
    assert "Make a reset link and hand it to the owner" in confirm(console, "new-password", quiet).text
    assert find(app, quiet).password_voided_at is not None


def test_sent_twice_it_writes_one_letter(app: Flask, console: Console) -> None:
    path = f"{path_of(console.bob)}/new-password"
    first, again = PageClient(console.pages.client), PageClient(console.pages.client)
    for each in (first, again):
        each.get(path)
    assert [each.submit(path).status for each in (first, again)] == [200, 409]
    assert "The password was void already." in confirm(console, "new-password").text
    assert len(letters_to(app, console.bob.email)) == 1


def test_own_password_is_changed_elsewhere(app: Flask, console: Console) -> None:
    page = confirm(console, "new-password", console.root)
    assert (page.status, "Change your password under Security" in page.text) == (409, True)
    assert find(app, console.root).password_voided_at is None


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_only_administrators_may(app: Flask, console: Console, role: str) -> None:
    pages = enter_as(app, role)
    assert pages.get(f"{path_of(console.bob)}/new-password").status == 403
    assert post(pages, f"{path_of(console.bob)}/new-password", version="1").status == 403
    assert find(app, console.bob).password_voided_at is None


def test_no_page_shows_or_asks_for_anybodys_password(app: Flask, console: Console) -> None:
    for below in ("", "/sessions", "/lock", "/delete", "/new-password", "/end-sessions", "/reset-factors"):
        page = console.pages.get(f"{path_of(console.bob)}{below}")
        assert page.find("input[type=password]") is None
        assert str(find(app, console.bob).password_hash) not in page.html
