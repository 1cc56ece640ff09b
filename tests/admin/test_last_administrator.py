"""The last administrator cannot be lost, nor can two acts at one moment trip over each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.admin.test_account_page import claim
from tests.make import make_account, make_administrator
from webapp.accounts import service
from webapp.accounts.errors import LastAdministrator
from webapp.accounts.store import count_usable_administrators
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.make import Person
    from tests.page_client import Page, PageClient

Act = tuple["PageClient", "Person", str, dict[str, str]]


def at_once(acts: list[Act]) -> list[int]:
    """Send all these forms in one moment; the statuses, sorted."""
    start = threading.Barrier(len(acts))
    hidden = [hidden_fields(pages.get(path_of(person))) for pages, person, *_ in acts]

    def send(client: FlaskClient, path: str, fields: dict[str, Any]) -> int:
        start.wait(timeout=20)
        return client.post(path, data=fields).status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        sent = [
            pool.submit(send, pages.client, f"{path_of(person)}/{act}", {**fields, **kept})
            for (pages, person, act, fields), kept in zip(acts, hidden, strict=True)
        ]
        return sorted(each.result() for each in sent)


def hidden_fields(page: Page) -> dict[str, str]:
    """The CSRF value and the version of the account, as the page's forms carry them."""
    return {
        name: page.get(f"main input[name={name}]").attributes["value"] for name in ("csrf_token", "version")
    }


def administrators(app: Flask) -> int:
    with app.app_context(), unit_of_work(writes=False):
        return count_usable_administrators()


@pytest.mark.database
@pytest.mark.parametrize("act", ["lock", "roles"])
def test_two_administrators_who_shut_each_other_out_at_once_leave_one(app: Flask, act: str) -> None:
    one, two = make_administrator(app, "one"), make_administrator(app, "two")
    fields = {"reason": "quarrel", "roles": "user"}
    answers = at_once([(enter(app, one), two, act, fields), (enter(app, two), one, act, fields)])
    assert administrators(app) == 1
    # Whoever comes second is refused: by then nobody else administers, or they are signed out or no longer may.
    assert answers.count(303) >= 1
    assert set(answers) <= {303, 403, 409}


@pytest.mark.database
def test_one_locks_while_the_other_demotes_and_one_is_left(app: Flask) -> None:
    one, two = make_administrator(app, "one"), make_administrator(app, "two")
    at_once(
        [(enter(app, one), two, "lock", {"reason": "x"}), (enter(app, two), one, "roles", {"roles": "user"})]
    )
    assert administrators(app) == 1


@pytest.mark.database
@pytest.mark.parametrize("act", ["roles", "lock", "verify-address", "names", "unlock", "end-sessions"])
def test_same_act_by_two_administrators_at_once_is_done_once(app: Flask, act: str) -> None:
    one, two = make_administrator(app, "one"), make_administrator(app, "two")
    bob = make_administrator(app, "bob") if act == "roles" else make_account(app, "bob", verified=False)
    fields = {"reason": "twice", "display_name": "Robert"}
    answers = at_once([(enter(app, one), bob, act, fields), (enter(app, two), bob, act, fields)])
    # A form that says what the account shall be is told that it has changed; an act that is done already is done.
    assert answers == ([303, 409] if act in {"roles", "names", "lock"} else [303, 303])
    assert max(len(events(app, name)) for name in ("roles.changed", "account.locked", "account.renamed")) <= 1


@pytest.mark.database
def test_two_browsers_that_change_their_own_account_at_once_do_not_wait_for_each_other(app: Flask) -> None:
    root = make_administrator(app, "root")
    acts: list[Act] = [(enter(app, root), root, "names", {"display_name": name}) for name in ("One", "Two")]
    assert at_once(acts) == [303, 409]


@pytest.mark.database
def test_two_claims_verified_at_once_have_one_owner(app: Flask) -> None:
    one, two = make_administrator(app, "one"), make_administrator(app, "two")
    bob, carol = make_account(app, "bob", verified=False), make_account(app, "carol", verified=False)
    claim(app, carol, "bob@example.org")
    act = "verify-address"
    answers = at_once([(enter(app, one), bob, act, {}), (enter(app, two), carol, act, {})])
    assert answers in ([303, 409], [303, 422])
    emails = [each.email for each in (find(app, bob), find(app, carol))]
    assert [bool(each and each.verified_at) for each in emails].count(True) == 1


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def test_administrators_who_cannot_sign_in_do_not_count(app: Flask, console: Console) -> None:
    make_account(app, "locked", roles=("administrator",), locked=True)
    make_account(app, "unproven", roles=("administrator",), verified=False)
    page = console.open(console.root)
    assert "The last administrator who can sign in cannot be locked." in page.text
    assert administrators(app) == 1


def test_administrator_among_several_can_be_locked_and_demoted(app: Flask, console: Console) -> None:
    second = make_administrator(app, "second")
    assert "The roles are saved" in console.send("roles", second, roles=["user"]).text
    third = make_administrator(app, "third")
    assert "third is locked" in console.send("lock", third, reason="left").text


@pytest.mark.database
def test_last_administrator_cannot_be_locked_at_the_console(at_work: Flask) -> None:
    root = make_administrator(at_work, "root")
    with unit_of_work(), pytest.raises(LastAdministrator):
        service.lock(service.get_account(root.id), "oops", actor_id=None)
    assert service.has_administrator()
