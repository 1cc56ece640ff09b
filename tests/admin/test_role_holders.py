"""Who holds a role: by name, a page at a time, however many they are; and what its pages refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import enter, find, make_crowd, open_console
from tests.admin.test_roles_page import COURIER, LIST, make_role
from tests.make import entered, make_account
from webapp.accounts.models import AccountRole
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page


def give_to_crowd(app: Flask, size: int) -> list[str]:
    names = make_crowd(app, size + 5)[:size]
    with entered(app), unit_of_work():
        db.session.add_all([AccountRole(account_id=each, role_name="courier") for each in names])
    return sorted(names)


def names_on(page: Page) -> list[str]:
    return [each.text for each in page.find_all("h3.row-title a")]


@pytest.mark.database
@pytest.mark.parametrize("most", [2_000, 3], ids=["few", "many"])
def test_holders_are_listed_by_name_both_ways(app: Flask, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("webapp.admin.role_list._MOST_SORTED", most)
    pages = open_console(app).pages
    make_role(app, "courier", "parcels:read")
    names = give_to_crowd(app, 45)
    page = pages.get(COURIER)
    assert (names_on(page), "Before these" in page.text) == (names[:20], False)
    assert names_on(pages.click("After these")) == names[20:40]
    page = pages.click("After these")
    assert (names_on(page), "After these" in page.text) == (names[40:], False)
    assert names_on(pages.click("Before these")) == names[20:40]
    page = pages.click("Before these")
    assert (names_on(page), "Before these" in page.text) == (names[:20], False)


def test_role_leads_to_its_accounts_and_each_of_them(app: Flask) -> None:
    pages = open_console(app).pages
    page = pages.get(f"{LIST}/administrator")
    assert (
        page.get('a[href="/admin/accounts?role=administrator"]').text == "1 account in the list of accounts"
    )
    assert "it is the one that counts" in page.text
    assert page.find("main form") is None
    assert pages.click("h3.row-title a").heading == "root"


def test_cursor_somebody_made_up_shows_a_page_of_the_list(app: Flask) -> None:
    pages = open_console(app).pages
    for cursor in ("x", "WyJvbGRlciIsMV0", "WyJvbGRlciIsInp6enoiXQ", "a" * 500, "%00"):
        assert pages.get(f"{LIST}/user?cursor={cursor}").status == 200
    assert "Nobody on this page" in pages.get(f"{LIST}/user?cursor=WyJvbGRlciIsInp6enoiXQ").text


def test_who_may_only_look_finds_no_form(app: Flask) -> None:
    make_role(app, "courier")
    pages = enter(app, make_account(app, "ann", roles=("user", "auditor")))
    for path in (LIST, COURIER, f"{LIST}/user"):
        page = pages.get(path)
        assert (page.status, page.find("main form"), page.find(f'a[href="{LIST}/new"]')) == (200, None, None)
        assert page.find(f'a[href="{COURIER}/delete"]') is None


def test_role_that_is_not_there_is_not_found(app: Flask) -> None:
    pages = open_console(app).pages
    token = pages.get(f"{LIST}/user").get("input[name=csrf_token]").attributes["value"]
    for name in ("nobody", "A", "x" * 3000, "%00", "%FF", "..", "'"):
        for act in ("", "/delete"):
            assert pages.get(f"{LIST}/{name}{act}").status in {400, 404}, name
        for act in ("review", "save"):
            fields = {"csrf_token": token, "scopes": "a"}
            assert pages.post(f"{LIST}/{name}/{act}", fields).status in {400, 404}, (name, act)


def test_refused_form_keeps_what_was_typed(app: Flask) -> None:
    pages = open_console(app).pages
    pages.get(f"{LIST}/new")
    page = pages.submit(
        f"{LIST}/new/review", name="Big Boss", description="", scopes=["admin:read"], more='x "'
    )
    assert [link.attributes["href"] for link in page.find_all(".error-summary a")] == [
        "#name",
        "#description",
        "#scopes",
    ]
    assert (page.status, page.get("#name").attributes["value"], page.get("#more").text) == (
        422,
        "Big Boss",
        'x "',
    )
    assert page.get('input[value="admin:read"]').attributes.get("checked") is not None
    page = pages.submit(f"{LIST}/new/review", name="courier", description="", more="")
    assert "Write what the role is for." in page.text
    page = pages.submit(f"{LIST}/new/review", name="courier", description="Parcels.", more="admin:everything")
    assert "has no scope admin:everything" in page.text


def test_scopes_of_the_administration_are_looked_at_again_once_somebody_holds_the_role(app: Flask) -> None:
    console = open_console(app)
    make_role(app, "courier", "parcels:read")
    console.pages.get(COURIER)
    page = console.pages.submit(f"{COURIER}/review", more="admin:write")
    assert "Nobody holds it now." in page.text
    with entered(app), unit_of_work():
        db.session.add(AccountRole(account_id=console.bob.id, role_name="courier"))
    page = console.pages.submit(f"{COURIER}/save")
    assert (page.status, "One account holds it now." in page.text) == (409, True)
    assert "admin:write" not in find(app, console.bob).scopes
    assert console.pages.submit(f"{COURIER}/save").status == 200
    assert "admin:write" in find(app, console.bob).scopes
