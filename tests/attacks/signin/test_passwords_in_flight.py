"""An old password under way, hashed anew or exchanged by a thief, does not overwrite the one that a reset has set."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from flask import Flask

from tests.make import OTHER_PASSWORD, Person, enrol_app, make_account, make_reset_path, sign_in_by_api

# SQLite has one writer at a time.
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
THIRD = "nine purple kites over harbour"


def reset(app: Flask, person: Person) -> Callable[[], None]:
    from webapp.infra.database import unit_of_work
    from webapp.recovery.flow import reset_password

    token = make_reset_path(app, person).rpartition("/")[2]

    def act() -> None:
        with app.app_context(), unit_of_work():
            reset_password(token, OTHER_PASSWORD)

    return act


def secure(app: Flask, person: Person) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.recovery.not_me import secure_account

    with app.app_context(), unit_of_work():
        secure_account(person.id, way="letter")


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, act: Callable[[], None]
) -> list[Future[None]]:
    """When `name` is first called, `act` begins elsewhere; it is waited for as long as it would need alone."""
    at_once = getattr(place, name)
    begun: list[Future[None]] = []
    others = ThreadPoolExecutor(1)

    def late(*values: Any, **named: Any) -> Any:
        monkeypatch.undo()
        begun.append(others.submit(act))
        wait(begun, timeout=2)
        return at_once(*values, **named)

    monkeypatch.setattr(place, name, late)
    return begun


def opens(app: Flask, person: Person, password: str) -> bool:
    body = {"username": person.username, "password": password}
    return app.test_client().post("/api/v1/login", json=body).get_json().get("error") in {
        None,
        "mfa_required",
    }


@pytest.mark.parametrize("has_factor", [False, True])
def test_hash_made_anew_brings_no_old_password_back(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, has_factor: bool
) -> None:
    from webapp.signin import flow

    first = make_app()
    person = make_account(first)
    if has_factor:
        enrol_app(first, person)
    app = make_app(BCRYPT_ROUNDS="5")
    begun = meanwhile(monkeypatch, flow, "renew_hash", reset(app, person))
    opens(app, person, person.password)
    begun[0].result(10)
    assert (opens(app, person, OTHER_PASSWORD), opens(app, person, person.password)) == (True, False)


def test_change_by_a_session_does_not_overwrite_a_reset_that_was_told_done(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.accounts import service

    person = make_account(app)
    thief = app.test_client()
    token = sign_in_by_api(thief, person)
    begun = meanwhile(monkeypatch, service, "set_password", reset(app, person))
    thief.post("/api/v1/password", headers=token, json={"password": THIRD})
    # Whoever comes second is refused: the change voids the link, as the reset ends the session.
    is_reset = begun[0].exception(10) is None
    assert (opens(app, person, OTHER_PASSWORD), opens(app, person, THIRD)) == (is_reset, not is_reset)


def test_change_by_a_session_does_not_outlive_the_securing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.accounts import service

    person = make_account(app)
    thief = app.test_client()
    token = sign_in_by_api(thief, person)
    begun = meanwhile(monkeypatch, service, "set_password", lambda: secure(app, person))
    thief.post("/api/v1/password", headers=token, json={"password": THIRD})
    begun[0].result(10)
    assert not opens(app, person, THIRD)
