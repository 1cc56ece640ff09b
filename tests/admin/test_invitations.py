"""Administrators invite by mail or by a link that is shown once, see what is open, and take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from tests.admin.console import Console, enter, events, open_console
from tests.mailbox import letters_to, link_in, path_of
from tests.make import make_account
from tests.page_client import Page, PageClient
from webapp.core import clock

LIST = "/admin/invitations"
GUEST = "guest@example.net"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.fixture
def posting(make_app: Callable[..., Flask]) -> Console:
    """A console where mail is sent."""
    return open_console(make_app(SMTP_URL="smtp://127.0.0.1:9", MAIL_FROM="latchkey@example.org"))


def invite(console: Console, email: str = GUEST, *roles: str) -> Page:
    console.pages.get(LIST)
    return console.pages.submit(LIST, email=email, roles=list(roles or ("user",)))


def shown_link(page: Page) -> str:
    return path_of(page.get("#shown-link").attributes["value"])


def guest(console: Console) -> PageClient:
    return PageClient(console.app.test_client())


def test_without_mail_the_link_is_shown_once(console: Console) -> None:
    page = invite(console)
    path = shown_link(page)
    assert (page.heading, "Shown this once" in page.text) == (f"Invitation for {GUEST}", True)
    assert guest(console).get(path).heading == "You are invited"
    for again in (LIST, "/admin/audit"):
        assert path not in console.pages.get(again).html
    assert f"root invited {GUEST}" in console.pages.get("/admin/audit").text


def test_with_mail_it_is_sent_and_not_shown(posting: Console) -> None:
    page = invite(posting, GUEST, "user", "administrator")
    assert (page.path, f"on its way to {GUEST}" in page.text) == (LIST, True)
    (letter,) = letters_to(posting.app, GUEST)
    assert "root invites you to Latchkey" in letter.paragraphs[0]
    assert "administrator" in letter.paragraphs[0]
    assert link_in(letter) not in page.html
    assert guest(posting).get(link_in(letter)).status == 200


def test_list_says_who_invited_whom_as_what(console: Console) -> None:
    assert "No open invitations" in console.pages.get(LIST).text
    invite(console, GUEST, "user", "administrator")
    page = console.pages.get(LIST)
    row = page.get(".rows .row").text
    assert GUEST in row
    assert "administrator, user · invited by root" in row
    assert page.get("[aria-current=page]").text == "Accounts"


def test_invitation_that_is_taken_back_opens_nothing(console: Console) -> None:
    path = shown_link(invite(console))
    console.pages.get(LIST)
    action = console.pages.get(LIST).get(".row form").attributes["action"]
    assert f"The invitation of {GUEST} is taken back." in console.pages.submit(action).text
    assert guest(console).get(path).heading == "This invitation is open no more"
    assert "No open invitations" in console.pages.get(LIST).text
    (event,) = events(console.app, "invitation.revoked")
    assert event.actor_id == console.root.id


def test_newer_invitation_for_the_address_ends_the_older(console: Console) -> None:
    older = shown_link(invite(console))
    newer = shown_link(invite(console, "Guest@Example.net"))
    assert [guest(console).get(each).status for each in (older, newer)] == [410, 200]
    assert len(console.pages.get(LIST).find_all(".rows .row")) == 1


def test_accepted_and_outlived_ones_leave_the_list(console: Console) -> None:
    pages = guest(console)
    pages.get(shown_link(invite(console)))
    pages.submit(username="guest", password="seven quiet lanterns at dusk")
    invite(console, "late@example.net")
    assert GUEST not in console.pages.get(LIST).text
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert "No open invitations" in enter(console.app, console.root).get(LIST).text


@pytest.mark.parametrize(
    ("email", "status", "words"),
    [
        ("", 422, "Write an email address."),
        ("guest", 422, "Write an address such as"),
        ("bob@example.org", 409, "Another account has verified this address."),
        ("g" * 300 + "@example.net", 422, "Write an address such as"),
    ],
)
def test_address_that_cannot_be_invited_is_said_beside_the_field(
    console: Console, email: str, status: int, words: str
) -> None:
    page = invite(console, email)
    assert (page.status, words in page.get("#email-error").text) == (status, True)


def test_invented_role_is_refused(console: Console) -> None:
    console.pages.get(LIST)
    page = console.pages.submit(LIST, email=GUEST, roles=["owner"])
    assert page.status == 422
    assert events(console.app, "invitation.made") == []


def test_taking_back_twice_or_another_link_changes_nothing(console: Console) -> None:
    path = shown_link(invite(console))
    action = console.pages.get(LIST).get(".row form").attributes["action"]
    other = PageClient(console.pages.client)
    other.get(LIST)
    console.pages.submit(action)
    assert "open no more" in other.submit(action).text
    assert (len(events(console.app, "invitation.revoked")), guest(console).get(path).status) == (1, 410)


def test_invitation_asks_for_a_fresh_proof_and_keeps_what_was_typed(console: Console) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        page = invite(console, GUEST, "user", "administrator")
        assert page.heading == "Confirm it is you"
        assert events(console.app, "invitation.made") == []
        page = console.pages.submit(LIST, button=None, password=console.root.password)
        assert page.heading == f"Invitation for {GUEST}"
    (event,) = events(console.app, "invitation.made")
    assert '"roles":["administrator","user"]' in event.detail


def test_nobody_else_invites(console: Console) -> None:
    person = enter(console.app, make_account(console.app))
    assert person.get(LIST).status == 403
    assert person.post(LIST, data={"email": GUEST}).status == 403
    assert guest(console).get(LIST).path.startswith("/login")
