"""REQUIRE_MFA_FOR: of those who administer, somebody always keeps the second factor that is asked of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.factors.faces import FACTORS, account_of, open_page_session, token_of
from tests.make import enrol_app, entered, make_account, make_administrator
from webapp.accounts.models import Account
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.make import Person
    from tests.page_client import PageClient

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
SENTENCE = "Add another factor first"


@pytest.fixture
def environment() -> dict[str, str]:
    return {"REQUIRE_MFA_FOR": "administrator"}


def remove(client: FlaskClient, app: Flask, person: Person, factor_id: str) -> tuple[int, str]:
    answer = client.delete(f"{FACTORS}/{factor_id}", headers=token_of(app, person))
    return answer.status_code, "" if answer.status_code == 204 else answer.get_json()["error"]


def has_factor(app: Flask, person: Person) -> bool:
    return account_of(app, person).second_factor_since is not None


@pytest.mark.database
def test_last_administrator_with_a_factor_keeps_it_until_there_is_another(
    app: Flask, client: FlaskClient
) -> None:
    root, _ = make_administrator(app), make_administrator(app)
    first = enrol_app(app, root)
    assert remove(client, app, root, first.id) == (409, "last_required_factor")
    assert has_factor(app, root)
    enrol_app(app, root)
    assert remove(client, app, root, first.id) == (204, "")


@pytest.mark.database
@pytest.mark.parametrize("state", ["ready", "locked_at", "deletion_due_at", "password_hash"])
def test_only_an_administrator_who_can_administer_counts(app: Flask, client: FlaskClient, state: str) -> None:
    root, other = make_administrator(app), make_administrator(app)
    factor = enrol_app(app, root)
    enrol_app(app, other)
    with entered(app), unit_of_work():
        account = db.session.get_one(Account, other.id)
        if state == "password_hash":
            account.password_hash = account.password_scheme = None
        elif state != "ready":
            setattr(account, state, account.created_at)
    assert remove(client, app, root, factor.id)[0] == (204 if state == "ready" else 409)


@pytest.mark.database
def test_of_two_who_remove_at_once_one_keeps_the_factor(app: Flask) -> None:
    both = [make_administrator(app) for _ in range(2)]
    factors = [enrol_app(app, each) for each in both]
    tokens = [token_of(app, each) for each in both]
    start = threading.Barrier(2)

    def go(number: int) -> int:
        client = app.test_client()
        start.wait(20)
        return client.delete(f"{FACTORS}/{factors[number].id}", headers=tokens[number]).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == [204, 409]
    assert sorted(has_factor(app, each) for each in both) == [False, True]


def test_page_says_what_to_do(app: Flask, pages: PageClient) -> None:
    root = make_administrator(app)
    factor = enrol_app(app, root)
    open_page_session(app, pages, root)
    path = f"/account/second-step/{factor.id}/remove"
    pages.get(path)
    page = pages.submit(path)
    assert (page.path, SENTENCE in page.text) == ("/account/second-step", True)


def test_last_one_does_not_reset_their_own_either(app: Flask, pages: PageClient) -> None:
    root, other = make_administrator(app), make_administrator(app)
    enrol_app(app, root)
    enrol_app(app, other)
    open_page_session(app, pages, root)
    for person, is_kept in ((other, False), (root, True)):
        path = f"/admin/accounts/{person.id}/reset-factors"
        pages.get(path)
        page = pages.submit(path)
        assert (SENTENCE in page.text, has_factor(app, person)) == (is_kept, is_kept)


def test_who_administers_nothing_and_of_whom_nothing_is_asked_may_remove_the_last(
    app: Flask, client: FlaskClient, make_app: Callable[..., Flask]
) -> None:
    person = make_account(app)
    assert remove(client, app, person, enrol_app(app, person).id) == (204, "")
    free = make_app(REQUIRE_MFA_FOR="")
    root = make_administrator(free)
    assert remove(free.test_client(), free, root, enrol_app(free, root).id) == (204, "")


def test_factor_asked_of_everybody_is_kept_for_the_administration_too(make_app: Callable[..., Flask]) -> None:
    app = make_app(REQUIRE_MFA_FOR="user")
    root = make_administrator(app)
    factor = enrol_app(app, root)
    assert remove(app.test_client(), app, root, factor.id) == (409, "last_required_factor")
    person = make_account(app)
    with entered(app), unit_of_work():
        db.session.get_one(Account, root.id).locked_at = START
    assert remove(app.test_client(), app, person, enrol_app(app, person).id) == (204, "")
    with entered(app), unit_of_work():
        db.session.get_one(Account, root.id).locked_at = None
    # One whose only role asks for nothing is held back by nothing.
    make_account(app, roles=("administrator",))
    assert remove(app.test_client(), app, root, factor.id) == (204, "")
