"""The pages of roles: every change shows what it would do to whom before it is made, and counts at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.make import entered, make_account, make_program
from webapp.accounts.roles import create_role, get_role, scopes_of
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

LIST = "/admin/roles"
COURIER = f"{LIST}/courier"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def make_role(app: Flask, name: str, *scopes: str) -> None:
    with entered(app), unit_of_work():
        create_role(name, f"For {name}.", scopes, actor_id="")


def grants(app: Flask, name: str) -> tuple[str, ...]:
    with entered(app), unit_of_work(writes=False):
        return scopes_of(get_role(name))


def review(console: Console, path: str = COURIER, **values: str | list[str]) -> Page:
    """Open the form and send it: the page that says what would happen."""
    console.pages.get(path)
    return console.pages.submit(f"{path}/review", button=None, **values)


def test_list_shows_what_each_role_grants_and_how_many_hold_it(console: Console) -> None:
    make_role(console.app, "courier", "parcels:read")
    page = console.pages.get(LIST)
    rows = {row.get("th a").text: row.text for row in page.find_all("tbody tr")}
    assert list(rows) == ["administrator", "auditor", "support", "user", "courier"]
    assert "2 accounts" in rows["user"]
    assert "1 account" in rows["administrator"]
    assert ("parcels:read" in rows["courier"], "nobody" in rows["courier"]) == (True, True)
    assert page.get("[aria-current=page]").text == "Roles"


def test_role_is_made_after_a_look_at_what_it_means(console: Console) -> None:
    page = review(
        console,
        f"{LIST}/new",
        name="courier",
        description="Parcels.",
        scopes=["admin:read"],
        more="parcels:read",
    )
    assert (page.heading, grants_nothing_yet(console)) == ("New role courier", True)
    assert page.text.count("Added") == 2
    assert "short limits of the administration" in page.text
    page = console.pages.submit(f"{LIST}/new/save")
    assert (page.path, "is there to be given" in page.text) == (COURIER, True)
    assert grants(console.app, "courier") == ("admin:read", "parcels:read")
    (event,) = events(console.app, "role.created")
    assert event.actor_id == console.root.id
    assert "root made the role courier" in console.pages.get("/admin/audit").text


def grants_nothing_yet(console: Console) -> bool:
    return console.pages.client.get(COURIER).status_code == 404


def test_change_shows_what_comes_and_goes_and_for_how_many(console: Console) -> None:
    make_role(console.app, "courier", "parcels:read", "parcels:write")
    make_account(console.app, "carol", roles=("user", "courier"))
    page = review(console, scopes=["parcels:read"], more="parcels:sign", description="Carries parcels.")
    added, removed = (
        [row.get("code").text for row in page.find_all("main li.row") if kind in row.text]
        for kind in ("Added", "Taken away")
    )
    assert (added, removed) == (["parcels:sign"], ["parcels:write"])
    assert "One account holds it now." in page.text
    assert "with the next request" in page.text
    assert "Carries parcels." in page.get("ins").text
    assert grants(console.app, "courier") == ("parcels:read", "parcels:write")
    assert "saved and in force" in console.pages.submit(f"{COURIER}/save").text
    assert grants(console.app, "courier") == ("parcels:read", "parcels:sign")
    (event,) = events(console.app, "role.changed")
    assert '"before":["parcels:read","parcels:write"]' in event.detail


def test_scope_that_leaves_or_enters_its_only_role_says_what_that_means_for_everybody(
    console: Console,
) -> None:
    make_program(console.app, "parcels", "parcels:read", "parcels:write")
    make_role(console.app, "courier", "parcels:read")
    page = review(console, scopes=["parcels:write"])
    warnings = [each.text for each in page.find_all(".notice")]
    assert [each.split(" of parcels ")[0] for each in warnings] == ["parcels:read", "parcels:write"]
    assert "every account with a verified address gets it from then on" in warnings[0]
    assert "every account with a verified address has it" in warnings[1]
    make_role(console.app, "clerk", "parcels:read", "parcels:write")
    assert review(console, scopes=["parcels:write"]).find_all(".notice") == []


def test_what_was_looked_at_is_what_is_done(console: Console) -> None:
    """Another role's change in between makes the plan another one, though this role stands as it stood."""
    make_program(console.app, "parcels", "parcels:read")
    make_role(console.app, "clerk", "parcels:read")
    make_role(console.app, "courier", "parcels:read")
    assert review(console, scopes=[], more="a:b").find_all(".notice") == []
    with entered(console.app), unit_of_work():
        from webapp.accounts.roles import change_role

        change_role(get_role("clerk"), "Clerks.", [], actor_id="")
    page = console.pages.submit(f"{COURIER}/save")
    assert (page.status, grants(console.app, "courier")) == (409, ("parcels:read",))
    assert "every account with a verified address gets it" in page.text
    assert console.pages.submit(f"{COURIER}/save").status == 200
    assert grants(console.app, "courier") == ("a:b",)


def test_form_made_from_another_state_is_told_so_and_shown_the_new_difference(console: Console) -> None:
    make_role(console.app, "courier", "parcels:read")
    mine = enter(console.app, console.root)
    mine.get(COURIER)
    review(console, more="parcels:write")
    console.pages.submit(f"{COURIER}/save")
    page = mine.submit(f"{COURIER}/review", more="parcels:sign")
    assert (page.status, "This was changed meanwhile" in page.text) == (409, True)
    assert "Taken away parcels:write" in page.text
    assert grants(console.app, "courier") == ("parcels:read", "parcels:write")


@pytest.mark.parametrize("seal", ["", "x", "0" * 16])
def test_save_without_a_look_saves_nothing(console: Console, seal: str) -> None:
    make_role(console.app, "courier", "parcels:read")
    token = console.pages.get(COURIER).get("input[name=csrf_token]").attributes["value"]
    fields = {"csrf_token": token, "description": "x", "scopes": "admin:write", "seal": seal}
    page = console.pages.post(f"{COURIER}/save", fields)
    assert (page.status, grants(console.app, "courier")) == (409, ("parcels:read",))
    assert "can make themselves administrator" in page.text


def test_role_of_ones_own_that_would_shut_one_out_says_so(app: Flask, console: Console) -> None:
    make_role(app, "deputy", "admin:read", "admin:write")
    console = replace(console, pages=enter(app, make_account(app, "dora", roles=("user", "deputy"))))
    page = review(console, f"{LIST}/deputy", scopes=["admin:read"])
    assert "You hold admin:write by this role alone" in page.text
    page = review(console, f"{LIST}/deputy", scopes=[])
    assert "you cannot open it any more" in page.text
