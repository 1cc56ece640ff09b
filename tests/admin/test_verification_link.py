"""Where no mail is, an administrator makes the link that verifies an address; it opens nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.mailbox import path_of
from tests.page_client import PageClient
from tests.profile.address_people import addresses_of, claim_again

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person
    from tests.page_client import Page


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app, verified=False)


def make_link(console: Console, person: Person) -> Page:
    token = console.pages.get("/admin/invitations").get("input[name=csrf_token]").attributes["value"]
    path = f"/admin/accounts/{person.id}/verification-link"
    return console.pages.post(path, data={"csrf_token": token})


def test_link_is_shown_once_and_verifies_for_its_account(app: Flask, console: Console) -> None:
    page = make_link(console, console.bob)
    path = path_of(page.get("#shown-link").attributes["value"])
    assert page.heading == "Verification link for bob"
    bob = enter(app, console.bob)
    bob.get(path)
    bob.submit()
    assert addresses_of(app, console.bob) == {console.bob.email: True}
    (event,) = events(app, "verification_link.made")
    assert (event.account_id, event.actor_id) == (console.bob.id, console.root.id)


def test_administrator_who_opens_it_is_asked_for_the_password(app: Flask, console: Console) -> None:
    path = path_of(make_link(console, console.bob).get("#shown-link").attributes["value"])
    assert "You are signed in as root" in console.pages.get(path).text
    assert console.pages.submit(password=console.root.password + "!").status == 403
    assert addresses_of(app, console.bob) == {console.bob.email: False}


def test_nothing_to_verify_is_said(console: Console) -> None:
    page = make_link(console, console.root)
    assert page.path == f"/admin/accounts/{console.root.id}"
    assert "There is no address that waits to be verified." in page.text


def test_address_of_another_account_gets_none(app: Flask, console: Console) -> None:
    claimant = claim_again(app, console.root.email)
    assert "Another account has verified this address." in make_link(console, claimant).text
    assert events(app, "verification_link.made") == []


def test_nobody_else_makes_one(app: Flask, console: Console) -> None:
    path = f"/admin/accounts/{console.bob.id}/verification-link"
    assert enter(app, console.bob).post(path).status == 403
    assert PageClient(app.test_client()).post(path).path.startswith("/login")
    assert console.pages.post("/admin/accounts/nobody/verification-link").status in {400, 404}
