"""A sign-in that was under way with the old password does not outlive the change of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import OTHER_PASSWORD, Person, make_account, make_reset_path
from tests.signin.faces import FACES, ask, events_of, is_in, session_ids
from webapp.accounts.password_hashing import PasswordHasher


def while_checking(monkeypatch: pytest.MonkeyPatch, app: Flask, act: Callable[[], Any]) -> None:
    """Let `act` happen, in a thread of its own, while the next password is being checked."""
    hasher: PasswordHasher = app.extensions["latchkey"].get(PasswordHasher)
    verify = hasher.verify

    def verify_slowly(*values: Any, **named: Any) -> Any:
        monkeypatch.undo()
        verdict = verify(*values, **named)
        with ThreadPoolExecutor(1) as other:
            other.submit(act).result()
        return verdict

    monkeypatch.setattr(hasher, "verify", verify_slowly)


def reset(app: Flask, person: Person) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.recovery.flow import reset_password

    with app.app_context():
        token = make_reset_path(app, person).rpartition("/")[2]
        with unit_of_work():
            reset_password(token, OTHER_PASSWORD)


@pytest.mark.database
@pytest.mark.parametrize("face", FACES)
def test_old_password_signs_nobody_in_once_it_is_changed(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    person = make_account(app)
    while_checking(monkeypatch, app, lambda: reset(app, person))
    response = ask(face, client, person.username, person.password)
    assert (response.status_code, is_in(response)) == (401, False)
    assert session_ids(app, person.id) == []


@pytest.mark.parametrize("face", FACES)
def test_lock_of_an_account_counts_from_the_moment_it_is_made(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    from webapp.accounts.service import get_account, lock
    from webapp.infra.database import unit_of_work

    person = make_account(app)

    def lock_account() -> None:
        with app.app_context(), unit_of_work():
            lock(get_account(person.id), "Badge stolen", actor_id=None)

    while_checking(monkeypatch, app, lock_account)
    assert ask(face, client, person.username, person.password).status_code == 403
    assert len(events_of(app, "login.refused")) == 1


@pytest.mark.database
def test_sign_in_is_noted_only_for_the_password_that_was_checked(at_work: Flask) -> None:
    from webapp.accounts import store
    from webapp.accounts.service import get_account
    from webapp.core import clock

    account = get_account(make_account(at_work).id)
    assert store.note_sign_in(account.id, clock.now(), account.password_changed_at)
    assert not store.note_sign_in(account.id, clock.now(), clock.now())
