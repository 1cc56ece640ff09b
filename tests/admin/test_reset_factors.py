"""An administrator resets the second factors of somebody who has lost them: after a page that says what happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.admin.console import Console, enter, find, open_console, path_of
from tests.factors.faces import FACTORS, open_page_session, take, token_of
from tests.mailbox import letters_to
from tests.make import PASSWORD, enrol_app, make_account, sign_in
from tests.page_client import PageClient
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def reset(console: Console) -> None:
    path = f"{path_of(console.bob)}/reset-factors"
    console.pages.get(path)
    assert console.pages.submit(path).status == 200


def test_page_says_what_happens_before_it_does(app: Flask, console: Console) -> None:
    enrol_app(app, console.bob)
    page = console.pages.get(f"{path_of(console.bob)}/reset-factors")
    assert page.heading == "Reset the second factors of bob"
    assert "removed for good: one authenticator app, 10 recovery codes." in page.text
    assert find(app, console.bob).second_factor_since is not None


@pytest.mark.database
def test_reset_takes_factors_codes_and_sessions_and_leaves_the_password(app: Flask, console: Console) -> None:
    enrolled = enrol_app(app, console.bob)
    theirs = token_of(app, console.bob)
    reset(console)
    answer = app.test_client().get(FACTORS, headers=theirs)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "factor_changed")
    assert take(app, console.bob, enrolled.recovery_codes[0]) == "invalid_code"
    assert find(app, console.bob).second_factor_since is None
    assert sign_in(PageClient(app.test_client()), console.bob).path == "/account"


def test_owner_hears_of_it_and_the_audit_knows_who_did_it(app: Flask, console: Console) -> None:
    enrol_app(app, console.bob)
    reset(console)
    assert len(letters_to(app, console.bob.email, kind="factors_reset")) == 1
    assert events_of(app, "factors.reset") == ['{"count":1}']
    assert "root removed every second factor of bob" in console.pages.get("/admin/audit").text


def test_last_administrator_can_reset_their_own_and_goes_on(app: Flask, console: Console) -> None:
    enrol_app(app, console.root)
    pages = PageClient(app.test_client())
    path = f"{path_of(console.root)}/reset-factors"
    open_page_session(app, pages, console.root)
    pages.get(path)
    assert pages.submit(path).path == path_of(console.root)
    assert pages.get("/admin/accounts").status == 200
    assert sign_in(PageClient(app.test_client()), console.root).status == 200


def test_reset_asks_for_a_fresh_proof(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        console = open_console(app)
        enrol_app(app, console.bob)
        clock.shift(timedelta(minutes=10))
        path = f"{path_of(console.bob)}/reset-factors"
        console.pages.get(path)
        assert console.pages.submit(path).heading == "Confirm it is you"
        assert find(app, console.bob).second_factor_since is not None
        console.pages.submit(path, password=PASSWORD)
    assert find(app, console.bob).second_factor_since is None


def test_person_without_administration_cannot(app: Flask, console: Console) -> None:
    enrol_app(app, console.bob)
    path = f"{path_of(console.bob)}/reset-factors"
    pages = enter(app, make_account(app))
    assert pages.get(path).status == 403
    assert pages.post(path).status in {400, 403}
    assert PageClient(app.test_client()).get(path).path.startswith("/login")
    assert find(app, console.bob).second_factor_since is not None


def test_unknown_account_is_not_there(console: Console) -> None:
    assert console.pages.get("/admin/accounts/nobody/reset-factors").status == 404


def test_reset_twice_finds_nothing_the_second_time(app: Flask, console: Console) -> None:
    enrol_app(app, console.bob)
    reset(console)
    reset(console)
    assert events_of(app, "factors.reset") == ['{"count":1}', '{"count":0}']


def test_administrator_whose_role_requires_a_factor_is_led_to_set_one_up(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(REQUIRE_MFA_FOR="administrator")
    console = open_console(app)
    page = console.pages.get("/admin/accounts")
    assert page.path == "/account/second-step"
    assert "Your role administrator asks for a second step." in page.text
