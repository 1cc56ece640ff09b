"""Reset links and verification letters are mailed to whom they are for; whoever sends them sees no link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.admin.account_acts import MAIL, enter_as, post
from tests.admin.console import Console, events, open_console, path_of
from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, make_account, make_administrator
from tests.page_client import PageClient


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def test_support_sends_a_reset_link_that_works_and_that_it_never_sees(app: Flask, console: Console) -> None:
    pages = enter_as(app, "support")
    page = pages.get(path_of(console.bob))
    assert "Make reset link" not in page.text
    page = pages.submit(f"{path_of(console.bob)}/reset-letter")
    assert "A reset link is on its way to bob@example.org." in page.text
    link = link_in(letters_to(app, console.bob.email, kind="reset_link")[0])
    assert link.rpartition("/")[2] not in page.html
    visitor = PageClient(app.test_client())
    visitor.get(link)
    assert "Your password is changed" in visitor.submit(link, password=OTHER_PASSWORD).text
    (event,) = events(app, "reset_link.made")
    assert event.detail == '{"mailed":true}'
    assert "the-support had a reset link sent to bob" in console.open().text


def test_support_makes_no_link_that_is_shown(app: Flask, console: Console) -> None:
    assert post(enter_as(app, "support"), f"{path_of(console.bob)}/reset-link").status == 403
    assert events(app, "reset_link.made") == []


@pytest.mark.parametrize("role", ["administrator", "support", "auditor"])
def test_support_does_not_reach_who_administers_looks_or_supports(
    app: Flask, console: Console, role: str
) -> None:
    pages = enter_as(app, "support")
    target = make_account(app, "target", roles=("user", role))
    page = pages.get(path_of(target))
    assert "only an administrator may change it" in page.text
    assert page.find("main form") is None
    for act in ("reset-letter", "unlock", "end-sessions"):
        assert post(pages, f"{path_of(target)}/{act}").status == 403
    assert pages.get(f"{path_of(target)}/end-sessions").status == 403
    assert events(app, "reset_link.made") == []


def test_without_a_verified_address_nothing_is_sent(app: Flask, console: Console) -> None:
    quiet = make_account(app, "quiet", verified=False)
    pages = enter_as(app, "support")
    assert "Ask an administrator to make a reset link." in pages.get(path_of(quiet)).text
    page = post(pages, f"{path_of(quiet)}/reset-letter")
    assert (page.status, "No address of this account is verified" in page.text) == (409, True)


def test_without_mail_support_is_told_to_ask_an_administrator(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="", MAIL_FROM="")
    make_administrator(app)
    bob = make_account(app, "bob")
    pages = enter_as(app, "support")
    assert "This service sends no mail. Ask an administrator" in pages.get(path_of(bob)).text
    page = post(pages, f"{path_of(bob)}/reset-letter")
    assert (page.status, "This service sends no mail." in page.text) == (409, True)


def test_letters_are_bounded(app: Flask, console: Console) -> None:
    statuses = [console.send("reset-letter").status for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert len(letters_to(app, console.bob.email, kind="reset_link")) == 5


def test_verification_letter_is_sent_again_and_bounded_as_the_persons_own(
    app: Flask, console: Console
) -> None:
    quiet = make_account(app, "quiet", verified=False)
    page = console.send("verification-letter", quiet)
    assert "A letter is on its way to quiet@example.org." in page.text
    assert link_in(letters_to(app, quiet.email, kind="verify_address")[0]).startswith("/verify-email/")
    (event,) = events(app, "verification_letter.sent")
    assert (event.account_id, event.actor_id) == (quiet.id, console.root.id)
    statuses = [console.send("verification-letter", quiet).status for _ in range(5)]
    assert statuses == [200] * 4 + [429]


def test_verified_address_gets_no_verification_letter(app: Flask, console: Console) -> None:
    page = post(console.pages, f"{path_of(console.bob)}/verification-letter")
    assert (page.status, "There is no address that waits" in page.text) == (409, True)
    assert letters_to(app, console.bob.email) == []
