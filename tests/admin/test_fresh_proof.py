"""Fresh proof at the console: a change asks for the password after ten minutes, and loses nothing that was typed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.admin.console import Console, events, find, open_console, path_of
from tests.make import PASSWORD
from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Iterator[Console]:
    """An administrator who proved themselves eleven minutes ago."""
    opened = open_console(app)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        yield opened


def test_change_after_ten_minutes_asks_for_the_password_first(app: Flask, console: Console) -> None:
    page = console.send("names", display_name="Bobby <b>")
    assert page.heading == "Confirm it is you"
    assert page.get("main input[name=display_name]").attributes["value"] == "Bobby <b>"
    assert find(app, console.bob).display_name == "bob"


@pytest.mark.database
def test_held_back_form_is_done_in_one_step_with_the_password(app: Flask, console: Console) -> None:
    console.send("lock", reason="held & back")
    page = console.pages.submit(password=PASSWORD)
    assert "bob is locked and signed out everywhere." in page.text
    assert find(app, console.bob).lock_reason == "held & back"
    assert len(events(app, "proof.succeeded")) == 1


def test_every_ticked_role_is_carried_along(app: Flask, console: Console) -> None:
    page = console.send("roles", roles=["administrator", "user"])
    assert len(page.find_all("main input[name=roles]")) == 2
    console.pages.submit(password=PASSWORD)
    assert find(app, console.bob).role_names == ["administrator", "user"]


def test_proof_lasts_ten_minutes_from_when_it_was_given(console: Console) -> None:
    console.send("names", display_name="Bobby")
    console.pages.submit(password=PASSWORD)
    assert "The name is saved." in console.send("names", display_name="Robert").text
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert console.send("names", display_name="Rob").heading == "Confirm it is you"


@pytest.mark.parametrize("wrong", ["", "wrong", "x" * 5_000, "a\0b"])
def test_wrong_proof_changes_nothing_and_keeps_what_was_typed(
    app: Flask, console: Console, wrong: str
) -> None:
    console.send("names", display_name="Bobby")
    page = console.pages.submit(password=wrong)
    assert (page.status, page.heading) == (403, "Confirm it is you")
    assert page.get("main input[name=display_name]").attributes["value"] == "Bobby"
    assert wrong == "" or wrong not in page.html
    assert find(app, console.bob).display_name == "bob"


def test_wrong_proof_is_recorded_and_counted_until_it_is_refused(app: Flask, console: Console) -> None:
    console.send("names", display_name="Bobby")
    for _ in range(10):
        assert console.pages.submit(password="wrong").status == 403
    page = console.pages.submit(password=PASSWORD)
    assert page.status == 429
    assert int(page.response.headers["Retry-After"]) > 0
    assert len(events(app, "proof.failed")) == 10
    assert find(app, console.bob).display_name == "bob"


def test_password_alone_is_not_carried_into_the_page_or_the_trail(app: Flask, console: Console) -> None:
    console.send("names", display_name="Bobby")
    page = console.pages.submit(password="a wrong secret")
    assert "a wrong secret" not in page.html
    assert "a wrong secret" not in events(app, "proof.failed")[0].detail


def test_looking_needs_no_fresh_proof_and_says_that_changing_does(console: Console) -> None:
    page = console.open()
    assert page.status == 200
    assert "The first change you make here asks for your password." in page.text


def test_every_act_is_held_back(console: Console) -> None:
    token = console.open().get("input[name=csrf_token]").attributes["value"]
    fields = {"csrf_token": token, "display_name": "x", "reason": "x", "roles": "user"}
    for act in ("names", "roles", "verify-address", "lock", "unlock", "end-sessions", "reset-link"):
        page = console.pages.post(f"{path_of(console.bob)}/{act}", fields)
        assert page.heading == "Confirm it is you"
        assert page.form().attributes["action"] == f"{path_of(console.bob)}/{act}"
