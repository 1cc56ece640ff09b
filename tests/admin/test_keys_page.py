"""The page of signing keys: the time line, and what rotating and revoking say and do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.admin.console import Console, enter, events, open_console
from tests.keys.key_nodes import act, kid_that_is, states
from tests.make import sign_in_by_api
from webapp.core import clock
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

KEYS = "/admin/keys"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def test_rotation_is_spelled_out_begun_and_shown(app: Flask, console: Console) -> None:
    first = kid_that_is(app, "current")
    console.pages.get(KEYS)
    told = console.pages.click("Rotate")
    for words in ("begins to sign in 6 minutes", "for up to 5 minutes", "Nobody is signed out"):
        assert words in told.text
    assert len(states(app)) == 1
    page = console.pages.submit(f"{KEYS}/rotate")
    assert page.path == KEYS
    assert "The new key is published, and takes over as shown." in page.text
    rows = [row.text for row in page.find_all(".time-line .row")]
    assert [("Next" in rows[0], "(in 5 minutes)" in rows[0]), first in rows[1]] == [(True, True), True]
    assert page.find(f'a[href="{KEYS}/rotate"]') is None
    assert [each.actor_id for each in events(app, "signing_key.created")] == [None, console.root.id]
    assert "is under way already" in (console.pages.get(f"{KEYS}/rotate"), console.pages.submit())[1].text
    assert page.get("nav a[aria-current=page]").text == "Keys"


@pytest.mark.database
def test_revoking_takes_the_key_out_at_once_and_signs_nobody_out(app: Flask, console: Console) -> None:
    headers = sign_in_by_api(app.test_client(), console.bob)
    kid = kid_that_is(app, "current")
    told = console.pages.get(f"{KEYS}/{kid}/revoke")
    assert "on other nodes within 2 seconds" in told.text
    assert (kid in told.text, "It cannot be undone." in told.text) == (True, True)
    page = console.pages.submit(f"{KEYS}/{kid}/revoke")
    assert "The key is revoked. Another one signs from now on." in page.text
    answer = app.test_client().get("/api/v1/protected", headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
    assert enter(app, console.bob).get("/account").status == 200
    assert [each.actor_id for each in events(app, "signing_key.revoked")] == [console.root.id]
    again = console.pages.get(f"{KEYS}/{kid}/revoke")
    assert "It is over already" in again.text
    assert "retired or revoked already" in console.pages.submit().text


@pytest.mark.database
def test_revoking_with_every_session_signs_everybody_out_with_the_cause(app: Flask, console: Console) -> None:
    bob = enter(app, console.bob)
    kid = kid_that_is(app, "current")
    console.pages.get(f"{KEYS}/{kid}/revoke")
    page = console.pages.submit(f"{KEYS}/{kid}/revoke", end_sessions="y")
    cause = "You were signed out because a signing key of this service was revoked."
    assert (page.path.startswith("/login"), cause in page.text) == (True, True)
    assert cause in bob.get("/account").text
    (event,) = events(app, "sessions.ended")
    assert event.detail == '{"cause":"signing_key_revoked","count":2}'


def test_every_state_is_shown_with_its_moments(make_app: Callable[..., Flask], console: Console) -> None:
    app = make_app(KEY_ROTATION_INTERVAL="7776000")
    act(app, lambda: rotate(at_once=True))
    retiring = kid_that_is(app, "retiring")
    page = enter(app, console.root).get(KEYS)
    rows = [row.text for row in page.find_all(".time-line .row")]
    assert ("Current" in rows[0], "until" in rows[0], "verifies until" in rows[1]) == (True, True, True)
    assert "a new key signs every 90 days" in page.text
    with time_machine.travel(clock.now() + timedelta(minutes=25)):
        pages = enter(app, console.root)
        pages.get("/.well-known/jwks.json")
        assert "Retired" in pages.get(KEYS).get(f"#{retiring}").text


def test_revoke_asks_for_a_fresh_proof_and_its_way_back_leads_to_the_keys(
    app: Flask, console: Console
) -> None:
    kid = kid_that_is(app, "current")
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        console.pages.get(f"{KEYS}/{kid}/revoke")
        page = console.pages.submit(f"{KEYS}/{kid}/revoke", end_sessions="y")
        assert page.get("input[name=end_sessions]").attributes["value"] == "y"
        assert states(app)[kid] == "current"
        assert console.pages.click("Cancel and go back").path.startswith(KEYS)


@pytest.mark.parametrize("path", [KEYS, f"{KEYS}/rotate", f"{KEYS}/nothing", f"{KEYS}/nothing/revoke"])
def test_pages_of_keys_are_for_administrators(app: Flask, console: Console, path: str) -> None:
    assert enter(app, console.bob).get(path).status == 403
    assert app.test_client().get(path).status_code == 303
    assert console.pages.get(path).status == (404 if "nothing" in path else 200)
