"""One link sent from two windows at once changes the password once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from tests.make import OTHER_PASSWORD, make_account, make_reset_path
from tests.page_client import PageClient
from tests.signin.faces import ask, events_of, is_in
from webapp.accounts.password_hashing import PasswordHasher

THIRD_PASSWORD = "nine copper kettles in the rain"


@pytest.mark.database
def test_two_resets_at_once_change_the_password_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_account(app)
    path = make_reset_path(app, person)
    hasher: PasswordHasher = app.extensions["latchkey"].get(PasswordHasher)
    hash_alone, met = hasher.hash, threading.Barrier(2)

    def hash_and_meet(*values: Any, **named: Any) -> Any:
        hashed = hash_alone(*values, **named)
        met.wait(20)
        return hashed

    def reset(password: str) -> Callable[[], str]:
        pages = PageClient(app.test_client())
        pages.get(path)
        return lambda: f"{pages.submit(password=password).status} {password}"

    windows = [reset(OTHER_PASSWORD), reset(THIRD_PASSWORD)]
    monkeypatch.setattr(hasher, "hash", hash_and_meet)
    with ThreadPoolExecutor(2) as people:
        answers = sorted(each.result() for each in [people.submit(window) for window in windows])
    assert [each[:3] for each in answers] == ["200", "410"]
    assert is_in(ask("api", app.test_client(), person.username, answers[0][4:]))
    assert not is_in(ask("api", app.test_client(), person.username, answers[1][4:]))
    assert len(events_of(app, "password.reset")) == 1
