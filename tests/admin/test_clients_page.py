"""The pages of clients: a secret seen once, scopes edited by one at a time, revocation confirmed, addresses listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, events, open_console
from tests.make import Program, entered, make_account, make_program, sign_in
from tests.page_client import PageClient
from tests.tokens.services_world import INACTIVE, REPORTS, ask, describe
from webapp.infra.database import unit_of_work
from webapp.signin.return_addresses import is_return_address, list_return_addresses
from webapp.tokens import services
from webapp.tokens.clients import list_clients

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

LIST = "/admin/clients"
ADDRESS = "https://app.example.org/signed-in"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def create(console: Console, **values: str) -> Page:
    console.pages.get(f"{LIST}/new")
    return console.pages.submit(f"{LIST}/new", **values)


def shown(page: Page) -> Program:
    return Program(*(page.get(f"#client-{name}").attributes["value"] for name in ("id", "secret")))


def send(console: Console, program: Program, act: str) -> Page:
    path = f"{LIST}/{program.id}/{act}"
    console.pages.get(path)
    return console.pages.submit(path)


def count_clients(app: Flask) -> int:
    with entered(app), unit_of_work(writes=False):
        return len(list_clients())


def scopes_of(app: Flask, audience: str) -> str | None:
    with entered(app), unit_of_work(writes=False):
        service = services.find_service(audience)
        return service.scopes if service else None


@pytest.mark.database
def test_created_client_shows_its_secret_once_and_works(app: Flask, console: Console) -> None:
    page = create(console, name="Reports", audience=REPORTS, scopes="reports:write\r\nreports:read")
    program = shown(page)
    assert "Shown this once" in page.text
    assert describe(app, program, "x") == INACTIVE
    assert scopes_of(app, REPORTS) == "reports:read reports:write"
    assert program.secret not in page.get("#client-example").text
    for path in (LIST, f"{LIST}/{program.id}", "/admin/audit"):
        assert program.secret not in console.pages.get(path).html, path
    assert (
        "root created the client Reports for https://reports.example.org"
        in console.pages.get("/admin/audit").text
    )


def test_list_leads_to_each_client_and_to_the_form(console: Console) -> None:
    page = console.pages.get(LIST)
    assert "No clients yet" in page.text
    console.pages.click("Create client")
    create(console, name="Réports <b>")
    page = console.pages.get(LIST)
    assert page.get("[aria-current=page]").text == "Clients"
    assert console.pages.click("Réports <b>").heading == "Réports <b>"


def test_form_refused_keeps_what_was_typed(console: Console) -> None:
    page = create(console, name="Reports", audience="two words", scopes="reports:read")
    assert page.status == 422
    assert "Write a web address" in page.text
    assert page.get("#name").attributes["value"] == "Reports"
    assert "reports:read" in page.get("#scopes").text
    assert create(console, name="", audience="").status == 422
    assert "carry the scopes of its roles" in create(console, name="R", scopes="reports:read").text


def test_scopes_are_changed_and_say_who_gets_them(app: Flask, console: Console) -> None:
    program = make_program(app, REPORTS, "reports:read")
    page = console.pages.get(f"{LIST}/{program.id}")
    assert "For every account" in page.text
    page = console.pages.submit(f"{LIST}/{program.id}/scopes", scopes="reports:write")
    assert "The scopes are saved." in page.text
    assert scopes_of(app, REPORTS) == "reports:write"
    page = console.pages.submit(f"{LIST}/{program.id}/scopes", scopes="admin:write")
    assert (page.status, scopes_of(app, REPORTS)) == (422, "reports:write")
    (event,) = events(app, "service.scopes_changed")
    assert event.actor_id == console.root.id


def test_change_from_an_old_form_overwrites_nothing(app: Flask, console: Console) -> None:
    program = make_program(app, REPORTS, "reports:read")
    console.pages.get(f"{LIST}/{program.id}")
    with entered(app), unit_of_work():
        services.change_scopes(REPORTS, ["reports:other"], version="1")
    page = console.pages.submit(f"{LIST}/{program.id}/scopes", scopes="reports:mine")
    assert page.status == 409
    assert "changed by somebody else" in page.text
    assert "reports:other" in page.get("#scopes").text
    assert scopes_of(app, REPORTS) == "reports:other"


def test_replaced_secret_ends_the_old_one(app: Flask, console: Console) -> None:
    old = make_program(app)
    assert "stops working at once" in console.pages.get(f"{LIST}/{old.id}/replace-secret").text
    new = shown(console.pages.submit(f"{LIST}/{old.id}/replace-secret"))
    assert new.id == old.id
    assert ask(app, old, "x").status_code == 401
    assert describe(app, new, "x") == INACTIVE


def test_revocation_says_what_it_does_and_is_for_good(app: Flask, console: Console) -> None:
    program = make_program(app, REPORTS, "reports:read")
    assert "the last client" in console.pages.get(f"{LIST}/{program.id}/revoke").text
    assert "Reports is revoked." in send(console, program, "revoke").text
    assert ask(app, program, "x").status_code == 401
    assert scopes_of(app, REPORTS) is None
    page = console.pages.get(f"{LIST}/{program.id}")
    assert "Revoked" in page.text
    assert page.find(f'a[href="{LIST}/{program.id}/revoke"]') is None
    assert send(console, program, "replace-secret").status == 409


def test_return_address_is_added_once_and_removed(app: Flask, console: Console) -> None:
    for _ in range(2):
        console.pages.get(LIST)
        console.pages.submit(f"{LIST}/add-return-address", url=ADDRESS)
    with entered(app), unit_of_work(writes=False):
        assert [each.url for each in list_return_addresses()] == [ADDRESS]
    assert "is removed" in console.pages.submit(f"{LIST}/remove-return-address").text
    with entered(app), unit_of_work(writes=False):
        assert not is_return_address(ADDRESS)
    assert console.pages.get("/admin/audit").text.count(f"root let signing in lead back to {ADDRESS}") == 2


def test_address_that_is_not_whole_and_safe_is_refused(app: Flask, console: Console) -> None:
    unsafe = [
        "/account", "//app.example.org", "http://app.example.org/", "https://user@app.example.org/",
        "https://app.example.org/#top", "mailto:a@example.org", "https://app.example.org/ x", "https://*.example.org/",
        "https://app.example.org:99999/", "https://[::1]/",
        "https://app.example.org\\@evil.example/", "https://app.example.org/" + "a" * 500, "https://é.example/",
        "HTTPS://app.example.org/", "ftp://app.example.org/", "https:///app", "", "x\x00y",
    ]  # fmt: skip
    for url in unsafe:
        console.pages.get(LIST)
        page = console.pages.submit(f"{LIST}/add-return-address", url=url)
        assert page.status == 422, url
    console.pages.get(LIST)
    assert (
        "is registered"
        in console.pages.submit(f"{LIST}/add-return-address", url="http://localhost:3000/back").text
    )


def test_unknown_client_is_not_found(console: Console) -> None:
    for client_id in ("x", "a" * 26, "%00", "a" * 3_000, "é"):
        assert console.pages.get(f"{LIST}/{client_id}").status in {400, 404}, client_id
        assert console.pages.get(f"{LIST}/{client_id}/revoke").status in {400, 404}, client_id


def test_person_without_the_role_sees_none_of_it(app: Flask, console: Console) -> None:
    program = make_program(app)
    pages = PageClient(app.test_client())
    sign_in(pages, make_account(app))
    for path in (LIST, f"{LIST}/new", f"{LIST}/{program.id}", f"{LIST}/{program.id}/revoke"):
        assert pages.get(path).status == 403, path


def test_form_sent_twice_registers_one_client(app: Flask, console: Console) -> None:
    form = console.pages.get(f"{LIST}/new").form(f"{LIST}/new")
    values = {
        each.attributes["name"]: each.attributes.get("value", "") for each in form.find_all("input[name]")
    }
    sent = {**values, "name": "Reports", "audience": REPORTS, "scopes": "reports:read"}
    program = shown(console.pages.post(f"{LIST}/new", sent))
    again = console.pages.post(f"{LIST}/new", sent)
    assert (again.path, "was registered before" in again.text) == (f"{LIST}/{program.id}", True)
    assert count_clients(app) == 1
    assert describe(app, program, "x") == INACTIVE


def test_secret_page_loaded_again_leaves_the_new_secret_alone(app: Flask, console: Console) -> None:
    old = make_program(app, REPORTS, "reports:read")
    path = f"{LIST}/{old.id}/replace-secret"
    form = console.pages.get(path).form(path)
    sent = {
        each.attributes["name"]: each.attributes.get("value", "") for each in form.find_all("input[name]")
    }
    program = shown(console.pages.post(path, sent))
    again = console.pages.post(path, sent)
    assert "was replaced before" in again.text
    assert describe(app, program, "x") == INACTIVE
