"""Two people at one door in one moment: the database lets one of them through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.make import OTHER_PASSWORD, PASSWORD, make_administrator, make_setup_path
from tests.page_client import PageClient
from webapp.accounts.password_hashing import PasswordHasher

Answer = TypeVar("Answer")


def both(first: Callable[[], Answer], second: Callable[[], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(2) as people:
        return [each.result() for each in [people.submit(first), people.submit(second)]]


def meet_after_hashing(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Both have passed every check, and hold their hashes, when the first of them writes."""
    hasher: PasswordHasher = app.extensions["latchkey"].get(PasswordHasher)
    hash_alone, met = hasher.hash, threading.Barrier(2)

    def hash_and_meet(*values: Any, **named: Any) -> Any:
        hashed = hash_alone(*values, **named)
        met.wait(20)
        return hashed

    monkeypatch.setattr(hasher, "hash", hash_and_meet)


def count_accounts(app: Flask) -> int:
    from webapp.accounts.models import Account
    from webapp.infra.database import db

    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Account)) or 0


@pytest.mark.database
def test_two_set_ups_at_once_make_one_administrator(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_setup_path(app)
    meet_after_hashing(monkeypatch, app)

    def set_up(name: str) -> Callable[[], int]:
        pages = PageClient(app.test_client())
        pages.get(path)
        return lambda: pages.submit(username=name, email=f"{name}@example.org", password=PASSWORD).status

    assert sorted(both(set_up("ada"), set_up("eve"))) == [200, 410]
    assert count_accounts(app) == 1


@pytest.mark.database
@pytest.mark.parametrize("names", [("eve", "eve"), ("eve", "EVE")])
def test_two_people_with_one_username_make_one_account(
    app: Flask, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    make_administrator(app)
    meet_after_hashing(monkeypatch, app)

    def register(name: str, password: str) -> Callable[[], int]:
        body = {"username": name, "email": f"{password[:3]}@example.org", "password": password}
        return lambda: app.test_client().post("/api/v1/register", json=body).status_code

    found = both(register(names[0], PASSWORD), register(names[1], OTHER_PASSWORD))
    assert sorted(found) == [202, 422]
    assert count_accounts(app) == 2


@pytest.mark.database
def test_page_shows_the_form_again_to_the_one_who_came_second(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_administrator(app)
    meet_after_hashing(monkeypatch, app)

    def register(email: str) -> Callable[[], tuple[int, bool]]:
        pages = PageClient(app.test_client())
        pages.get("/register")

        def send() -> tuple[int, bool]:
            page = pages.submit("/register", username="eve", email=email, password=PASSWORD)
            return page.status, "That username is taken." in page.text

        return send

    found = both(register("one@example.org"), register("two@example.org"))
    assert sorted(found) == [(200, False), (422, True)]


@pytest.mark.database
def test_set_up_comes_too_late_for_an_administrator_made_meanwhile(
    app: Flask, monkeypatch: pytest.MonkeyPatch, pages: PageClient
) -> None:
    pages.get(make_setup_path(app))
    hasher: PasswordHasher = app.extensions["latchkey"].get(PasswordHasher)
    hash_alone = hasher.hash

    def hash_slowly(*values: Any, **named: Any) -> Any:
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as console:
            console.submit(make_administrator, app).result()
        return hash_alone(*values, **named)

    monkeypatch.setattr(hasher, "hash", hash_slowly)
    page = pages.submit(username="eve", email="eve@example.org", password=PASSWORD)
    assert (page.status, count_accounts(app)) == (410, 1)
