"""The filters on the audit's page: they narrow each other down, are carried on, and are kept as typed when refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, open_console
from tests.make import entered, make_account
from webapp.core.event_names import EventName
from webapp.core.origin import Origin, set_origin
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

LIST = "/admin/audit"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def shown(page: Page) -> list[str]:
    return [each.text for each in page.find_all("td summary")]


def record_from(app: Flask, *addresses: str) -> None:
    """An event of each address, in a request that is called after it."""
    with entered(app), unit_of_work():
        for each in addresses:
            set_origin(Origin("request", f"request-{each}", each))
            record_event(EventName.LOGIN_FAILED, result="failure")
        set_origin(Origin("command"))


@pytest.mark.database
def test_network_and_request_narrow_the_list_and_are_links_in_each_row(app: Flask, console: Console) -> None:
    record_from(app, "10.1.0.1", "10.1.0.2", "10.2.0.1", "2001:db8::7")
    assert shown(console.pages.get(f"{LIST}?address=10.1.0.0/16")) == ["login.failed"] * 2
    page = console.pages.get(f"{LIST}?address=2001:db8::/32")
    assert shown(page) == ["login.failed"]
    assert shown(console.pages.click("request-2001:db8::7")) == ["login.failed"]
    console.pages.get(f"{LIST}?request_id=request-10.2.0.1")
    assert console.pages.click("10.2.0.1").path == f"{LIST}?address=10.2.0.1"


@pytest.mark.database
def test_doer_subject_and_kind_narrow_each_other_down(app: Flask, console: Console) -> None:
    carol = make_account(app, "carol")
    for person in (console.bob, carol):
        lock(app, console, person.id)
    assert len(shown(console.pages.get(f"{LIST}?by=root&name=account.locked"))) == 2
    page = console.pages.get(f"{LIST}?by=root&whom=bob@example.org&name=accounts")
    assert shown(page) == ["account.locked"]
    assert "root locked bob: left" in page.text
    assert shown(console.pages.get(f"{LIST}?by=bob&name=account.locked")) == []
    assert shown(console.pages.get(f"{LIST}?who=BOB")) == ["account.locked", "account.created"]


def lock(app: Flask, console: Console, account_id: str) -> None:
    from webapp.accounts import service

    with entered(app), unit_of_work():
        service.lock(service.get_account(account_id), "left", actor_id=console.root.id)


def test_own_act_has_its_doer_by_the_account_it_happened_to(console: Console) -> None:
    assert shown(console.pages.get(f"{LIST}?by=root&name=sign-in")) == ["login.succeeded"]


def test_account_that_is_gone_is_found_by_its_id(app: Flask, console: Console) -> None:
    gone = "q" * 26
    with entered(app), unit_of_work():
        record_event(EventName.ACCOUNT_DELETED, account_id=gone, detail={"name": "dora"})
    page = console.pages.get(f"{LIST}?whom={gone}")
    assert shown(page) == ["account.deleted"]
    assert page.find(f"a[href=/admin/accounts/{gone}]") is None


def test_filters_that_mean_nothing_show_no_event_and_stay_as_typed(app: Flask, console: Console) -> None:
    typed = {"by": "nobody-here", "from": "tomorrow", "address": "10.0.0.0/99", "name": "moon.rose"}
    page = console.pages.get(LIST, query_string=typed)
    assert "Nothing was searched" in page.text
    assert shown(page) == []
    for name, text in typed.items():
        field = page.get(f"[name={name}]")
        assert field.attributes["aria-invalid"] == "true"
        assert page.get(f"#{name}-error").text
        chosen = page.get("#name option[selected]").attributes["value"] if name == "name" else None
        assert text == (chosen or field.attributes.get("value"))
    # A browser empties a field of times that holds none.
    assert page.get("#from").attributes["type"] == "text"
    assert page.find(f"form[action={LIST}/export.csv]") is None


def test_filters_are_carried_to_the_next_page_and_to_the_export(app: Flask, console: Console) -> None:
    record_from(app, *["10.1.0.1"] * 60)
    page = console.pages.get(f"{LIST}?address=10.1.0.0/24&from=2026-01-01T00:00&result=failure")
    assert len(shown(page)) == 50
    sent = {
        each.attributes["name"]: each.attributes["value"]
        for each in page.form(f"{LIST}/export.csv").find_all("input")
    }
    assert sent.items() >= {("address", "10.1.0.0/24"), ("from", "2026-01-01T00:00"), ("result", "failure")}
    older = console.pages.click("Older")
    assert len(shown(older)) == 10
    assert older.get("#address").attributes["value"] == "10.1.0.0/24"
    assert "Nothing on this page" not in older.text


def test_rare_filters_are_folded_away_until_one_is_used(console: Console) -> None:
    assert "open" not in console.pages.get(f"{LIST}?name=sign-in").get(".more-filters").attributes
    assert "open" in console.pages.get(f"{LIST}?request_id=x").get(".more-filters").attributes


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJvbGRlciIsLTVd", "WyJvbGRlciIsInkiXQ", "WyJuZXdlciIsOTk5OTk5OV0"]
)
def test_broken_cursor_shows_a_page(console: Console, cursor: str) -> None:
    assert console.pages.get(f"{LIST}?cursor={cursor}").status == 200
