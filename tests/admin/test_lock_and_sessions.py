"""Locking, unlocking, signing out everywhere and reset links: the acts that shut people out, and let them in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.make import OTHER_PASSWORD, bearer, make_administrator, sign_in, sign_in_by_api
from tests.page_client import PageClient

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.mark.database
def test_locked_person_is_out_on_the_next_click_and_call_with_the_cause(app: Flask, console: Console) -> None:
    bob, machine = enter(app, console.bob), app.test_client()
    headers = sign_in_by_api(machine, console.bob)
    assert machine.get("/api/v1/protected", headers=headers).status_code == 200
    page = console.send("lock", reason="Left the company")
    assert "bob is locked and signed out everywhere." in page.text
    assert "an administrator locked your account" in bob.get("/account").text
    answer = machine.get("/api/v1/protected", headers=headers)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "account_locked")


def test_locked_person_cannot_sign_in_and_an_unlocked_one_can(app: Flask, console: Console) -> None:
    console.send("lock", reason="For a while")
    assert "This account is locked." in sign_in(PageClient(app.test_client()), console.bob).text
    assert "The account is unlocked." in console.send("unlock").text
    assert enter(app, console.bob).get("/account").status == 200


def test_unlocking_does_not_bring_a_session_back(app: Flask, console: Console) -> None:
    bob = enter(app, console.bob)
    console.send("lock", reason="For a while")
    console.send("unlock")
    assert bob.get("/account").heading != "Overview"
    assert [each.detail for each in events(app, "session.ended")] == ['{"cause":"account_locked"}']


def test_lock_keeps_and_shows_its_reason(app: Flask, console: Console) -> None:
    page = console.send("lock", reason="  ticket_7   <b>closed</b> ")
    assert "ticket_7 <b>closed</b>" in page.get(".danger-zone").text
    assert "root locked bob: ticket_7 <b>closed</b>" in page.text
    (event,) = events(app, "account.locked")
    assert (event.actor_id, event.account_id) == (console.root.id, console.bob.id)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\0b"])
def test_lock_without_a_usable_reason_is_asked_again(app: Flask, console: Console, reason: str) -> None:
    page = console.send("lock", reason=reason)
    assert page.status == 422
    assert page.get("#reason").attributes["aria-invalid"] == "true"
    assert not find(app, console.bob).is_locked


def test_lock_page_says_what_will_happen(app: Flask, console: Console) -> None:
    enter(app, console.bob)
    page = console.pages.get(f"{path_of(console.bob)}/lock")
    assert "One open session ends at once" in page.text
    assert not find(app, console.bob).is_locked


def test_locking_again_keeps_the_first_reason(app: Flask, console: Console) -> None:
    late = PageClient(console.pages.client)
    late.get(f"{path_of(console.bob)}/lock")
    console.send("lock", reason="first")
    assert late.submit(f"{path_of(console.bob)}/lock", reason="second").status == 409
    assert find(app, console.bob).lock_reason == "first"
    assert len(events(app, "account.locked")) == 1


def test_own_account_cannot_be_locked(app: Flask, console: Console) -> None:
    make_administrator(app, "other")
    page = console.send("lock", console.root, reason="by mistake")
    assert page.status == 409
    assert "This is your own account." in page.text
    assert not find(app, console.root).is_locked


@pytest.mark.database
def test_end_sessions_signs_out_everywhere_and_says_so(app: Flask, console: Console) -> None:
    bob = enter(app, console.bob)
    headers = sign_in_by_api(app.test_client(), console.bob)
    assert "2 sessions ended." in console.send("end-sessions").text
    assert "You were signed out by an administrator." in bob.get("/account").text
    answer = app.test_client().get("/api/v1/protected", headers=headers)
    assert answer.get_json()["cause"] == "administrator"
    assert [each.actor_id for each in events(app, "session.ended")] == [console.root.id] * 2


def test_end_sessions_of_oneself_spares_the_present_one(app: Flask, console: Console) -> None:
    other = enter(app, console.root)
    page = console.pages.get(f"{path_of(console.root)}/end-sessions")
    assert "One open session ends at once. The session you are in stays open." in page.text
    assert "One session ended." in console.send("end-sessions", console.root).text
    assert console.open().status == 200
    assert other.get("/admin/accounts").heading != "Accounts"


def test_end_sessions_of_somebody_who_has_none_says_none(console: Console) -> None:
    assert "0 sessions ended." in console.send("end-sessions").text


def test_reset_link_is_shown_once_and_kept_nowhere(app: Flask, console: Console) -> None:
    page = console.send("reset-link")
    link = page.get("#shown-link").attributes["value"]
    assert link.startswith("https://localhost/reset-password/")
    assert page.response.headers["Cache-Control"] == "no-store"
    assert link.rpartition("/")[2] not in console.open().html
    (event,) = events(app, "reset_link.made")
    assert (event.account_id, event.actor_id, event.detail) == (console.bob.id, console.root.id, "{}")


def test_reset_link_lets_its_owner_choose_a_password(app: Flask, console: Console) -> None:
    path = console.send("reset-link").get("#shown-link").attributes["value"].removeprefix("https://localhost")
    visitor = PageClient(app.test_client())
    visitor.get(path)
    visitor.submit(path, password=OTHER_PASSWORD)
    credentials = {"username": "bob", "password": OTHER_PASSWORD}
    token = app.test_client().post("/api/v1/login", json=credentials).get_json()["token"]
    assert app.test_client().get("/api/v1/protected", headers=bearer(token)).status_code == 200


def test_another_reset_link_ends_the_first(app: Flask, console: Console) -> None:
    first = console.send("reset-link").get("#shown-link").attributes["value"]
    console.send("reset-link")
    assert PageClient(app.test_client()).get(first.removeprefix("https://localhost")).status == 410


@pytest.mark.database
def test_role_taken_away_works_at_once_on_pages_and_in_the_api(app: Flask, console: Console) -> None:
    second = make_administrator(app, "second")
    pages, headers = enter(app, second), sign_in_by_api(app.test_client(), second)
    assert pages.get("/admin/accounts").status == 200
    console.send("roles", second, roles=[])
    assert pages.get("/admin/accounts").status == 403
    answer = app.test_client().get("/api/v1/profile", headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (403, "insufficient_scope")
