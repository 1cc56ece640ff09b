"""A role is deleted after a look at who loses what; what rests on it keeps it, or goes on without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, events, find, open_console
from tests.admin.test_roles_page import COURIER, LIST, make_role
from tests.make import entered, make_account, make_program
from webapp.admin.invitations import invite, list_open_invitations
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    make_role(app, "courier", "parcels:read")
    return open_console(app)


@pytest.mark.database
def test_deleted_role_is_taken_from_everybody_after_saying_so(console: Console) -> None:
    carol = make_account(console.app, "carol", roles=("user", "courier"))
    page = console.pages.get(f"{COURIER}/delete")
    assert (page.heading, "One account holds it now. They lose it" in page.text) == ("Delete courier", True)
    assert "Taken away parcels:read" in page.text
    page = console.pages.submit(f"{COURIER}/delete")
    assert (page.path, "The role courier is deleted." in page.text) == (LIST, True)
    assert find(console.app, carol).role_names == ["user"]
    (event,) = events(console.app, "role.deleted")
    assert (event.actor_id, event.detail) == (
        console.root.id,
        '{"before":["parcels:read"],"holders":1,"name":"courier"}',
    )
    assert console.pages.get(COURIER).status == 404


def test_open_invitations_go_on_without_the_role(console: Console) -> None:
    with entered(console.app), unit_of_work():
        invite("eve@example.org", ["courier", "support"], actor_id=console.root.id)
        invite("courier@example.org", ["user"], actor_id=console.root.id)
    assert "One open invitation names it." in console.pages.get(f"{COURIER}/delete").text
    console.pages.submit(f"{COURIER}/delete")
    with entered(console.app), unit_of_work(writes=False):
        assert {each.address: each.roles for each in list_open_invitations()} == {
            "eve@example.org": ("support",),
            "courier@example.org": ("user",),
        }


def test_scope_that_everybody_gets_by_it_is_told_and_looked_at_again(console: Console) -> None:
    console.pages.get(f"{COURIER}/delete")
    make_program(console.app, "parcels", "parcels:read")
    page = console.pages.submit(f"{COURIER}/delete")
    assert (page.status, "every account with a verified address gets it" in page.text) == (409, True)
    assert "is deleted" in console.pages.submit(f"{COURIER}/delete").text


def test_role_that_asks_for_a_second_factor_stays(make_app: Callable[..., Flask]) -> None:
    console = open_console(make_app(REQUIRE_MFA_FOR="courier"))
    make_role(console.app, "courier")
    page = console.pages.get(f"{COURIER}/delete")
    assert (page.status, "REQUIRE_MFA_FOR names this role" in page.text) == (409, True)


def test_built_in_role_stays(console: Console) -> None:
    token = console.pages.get(f"{LIST}/user").get("input[name=csrf_token]").attributes["value"]
    for name in ("user", "support", "auditor", "administrator"):
        assert console.pages.get(f"{LIST}/{name}/delete").status == 409
        assert console.pages.post(f"{LIST}/{name}/delete", {"csrf_token": token}).status == 409
        assert console.pages.get(f"{LIST}/{name}").find(f'a[href="{LIST}/{name}/delete"]') is None


def test_role_of_a_crowd_is_not_taken_from_it_in_one_statement(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.accounts.roles.MOST_COUNTED", 1)
    for name in ("carol", "dora"):
        make_account(console.app, name, roles=("user", "courier"))
    page = console.pages.get(f"{COURIER}/delete")
    assert (page.status, "Take it from them first" in page.text) == (409, True)
    assert "more than 1 accounts" in console.pages.get(LIST).text


def test_button_pressed_twice_says_that_it_is_done(console: Console) -> None:
    page = console.pages.get(f"{COURIER}/delete")
    fields = {
        each.attributes["name"]: each.attributes["value"] for each in page.find_all("main input[type=hidden]")
    }
    console.pages.post(f"{COURIER}/delete", fields)
    again = console.pages.post(f"{COURIER}/delete", fields)
    assert (again.path, "was deleted before" in again.text) == (LIST, True)
