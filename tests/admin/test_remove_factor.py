"""An administrator takes one factor of somebody away, after a page that names it and says what follows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.admin.account_acts import MAIL, confirm, enter_as, post
from tests.admin.console import Console, find, open_console, path_of
from tests.factors.faces import FACTORS, open_page_session, token_of
from tests.mailbox import letters_to
from tests.make import enrol_app, make_administrator, sign_in
from tests.page_client import PageClient
from tests.signin.faces import events_of


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def test_page_names_it_and_says_what_follows(app: Flask, console: Console) -> None:
    factor = enrol_app(app, console.bob, "Old phone")
    page = console.pages.get(f"{path_of(console.bob)}/factors/{factor.id}/remove")
    assert page.heading == "Remove “Old phone” of bob"
    assert "Their password alone signs them in afterwards." in page.text
    assert find(app, console.bob).second_factor_since is not None


@pytest.mark.database
def test_factor_goes_sessions_end_and_the_owner_hears_of_it(app: Flask, console: Console) -> None:
    factor = enrol_app(app, console.bob, "Old phone")
    enrol_app(app, console.bob, "New phone")
    theirs = token_of(app, console.bob)
    page = confirm(console, f"factors/{factor.id}/remove")
    assert "“Old phone” is removed." in page.text
    assert "root removed the authenticator app" in page.text
    answer = app.test_client().get(FACTORS, headers=theirs)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "factor_changed")
    (letter,) = letters_to(app, console.bob.email, kind="factor_removed")
    assert "by an administrator" in letter.paragraphs[0]
    assert find(app, console.bob).second_factor_since is not None


def test_with_the_last_one_the_password_alone_signs_in(app: Flask, console: Console) -> None:
    factor = enrol_app(app, console.bob)
    confirm(console, f"factors/{factor.id}/remove")
    assert find(app, console.bob).second_factor_since is None
    assert sign_in(PageClient(app.test_client()), console.bob).path == "/account"


def test_factor_that_is_gone_or_somebody_elses_is_not_there(app: Flask, console: Console) -> None:
    factor = enrol_app(app, console.bob)
    theirs = f"{path_of(console.root)}/factors/{factor.id}/remove"
    assert "There is no such second factor here" in console.pages.get(theirs).text
    confirm(console, f"factors/{factor.id}/remove")
    page = post(console.pages, f"{path_of(console.bob)}/factors/{factor.id}/remove")
    assert (page.path, "There is no such second factor here" in page.text) == (path_of(console.bob), True)
    assert len(events_of(app, "totp.removed")) == 1


def test_last_factor_that_administration_needs_stays(make_app: Callable[..., Flask]) -> None:
    app = make_app(REQUIRE_MFA_FOR="administrator")
    root, other = make_administrator(app, "root"), make_administrator(app, "other")
    factor = enrol_app(app, root)
    pages = PageClient(app.test_client())
    open_page_session(app, pages, root)
    path = f"{path_of(root)}/factors/{factor.id}/remove"
    pages.get(path)
    assert "No other administrator has the second factor" in pages.submit(path).text
    assert find(app, root).second_factor_since is not None
    assert other.username in pages.get("/admin/accounts").text


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_only_administrators_may(app: Flask, console: Console, role: str) -> None:
    factor = enrol_app(app, console.bob)
    pages = enter_as(app, role)
    path = f"{path_of(console.bob)}/factors/{factor.id}/remove"
    assert [pages.get(path).status, post(pages, path).status] == [403, 403]
    assert find(app, console.bob).second_factor_since is not None
