"""A sign-in and a reset under way while the account is secured: securing has the last word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.make import OTHER_PASSWORD, entered, make_account, make_not_me_path, make_reset_path
from tests.page_client import PageClient
from tests.signin.faces import ask, end_cause_of, is_in, session_ids
from webapp.accounts.password_hashing import PasswordHasher
from webapp.infra.database import unit_of_work
from webapp.recovery.not_me import secure_account

if TYPE_CHECKING:
    from flask import Flask


def secure(app: Flask, account_id: str) -> None:
    with entered(app), unit_of_work():
        secure_account(account_id, way="letter")


def secure_while(app: Flask, account_id: str, monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    """While the password of whoever comes next is being worked on, somebody else secures the account."""
    hasher: PasswordHasher = app.extensions["latchkey"].get(PasswordHasher)
    at_once = getattr(hasher, work)

    def work_slowly(*values: Any, **named: Any) -> Any:
        found = at_once(*values, **named)
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as others:
            others.submit(secure, app, account_id).result()
        return found

    monkeypatch.setattr(hasher, work, work_slowly)


@pytest.mark.database
@pytest.mark.parametrize("face", ["api", "page"])
def test_sign_in_whose_password_was_right_a_moment_ago_is_refused(
    app: Flask, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    person = make_account(app)
    client = app.test_client()
    PageClient(client).get("/login")
    secure_while(app, person.id, monkeypatch, "verify")
    assert not is_in(ask(face, client, person.username, person.password))
    assert [each for each in session_ids(app, person.id) if end_cause_of(app, each) is None] == []


@pytest.mark.database
def test_reset_by_an_older_link_under_way_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_account(app)
    pages = PageClient(app.test_client())
    pages.get(make_reset_path(app, person))
    secure_while(app, person.id, monkeypatch, "hash")
    assert pages.submit(password=OTHER_PASSWORD).status == 410
    assert not is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))


@pytest.mark.database
def test_securing_again_does_no_harm(app: Flask) -> None:
    person = make_account(app)
    first, second = make_not_me_path(app, person), PageClient(app.test_client())
    second.get(first)
    page = second.submit()
    secure(app, person.id)
    assert page.heading == "Choose a new password"
    # The link in hand is void like every other: whoever secures last has the only way on.
    assert second.submit(password=OTHER_PASSWORD).status == 410
    pages = PageClient(app.test_client())
    pages.get(make_reset_path(app, person))
    pages.submit(password=OTHER_PASSWORD)
    assert is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))
