"""Copies of the audit as files: exactly what is filtered, safe in a spreadsheet, recorded."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import call, enter, events
from tests.make import entered, make_account, make_administrator
from webapp.admin.audit_export import COLUMNS
from webapp.admin.export_files import cell_of
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page, PageClient

CSV, LINES = "/admin/audit/export.csv", "/admin/audit/export.jsonl"


@pytest.fixture
def auditor(app: Flask) -> PageClient:
    """Somebody who looks and changes nothing."""
    make_administrator(app, "root")
    return enter(app, make_account(app, "ada", roles=("user", "auditor")))


def record(app: Flask, number: int, **detail: object) -> None:
    with entered(app), unit_of_work():
        for _ in range(number):
            record_event(EventName.LOGIN_FAILED, result="failure", detail=detail)


def table(page: Page) -> list[dict[str, str]]:
    assert page.html.startswith("\ufeffid,occurred_at,name,")
    return list(csv.DictReader(io.StringIO(page.html.removeprefix("\ufeff"), newline="")))


def lines(page: Page) -> list[dict[str, Any]]:
    return [json.loads(line) for line in page.html.splitlines()]


@pytest.mark.database
def test_export_is_exactly_what_the_list_is_filtered_to_beyond_its_first_page(
    app: Flask, auditor: PageClient
) -> None:
    record(app, 120)
    auditor.get("/admin/audit?name=login.failed&result=failure")
    as_table = auditor.submit(CSV)
    rows = table(as_table)
    assert [row["name"] for row in rows] == ["login.failed"] * 120
    assert tuple(rows[0]) == COLUMNS
    auditor.get("/admin/audit?name=login.failed&result=failure")
    objects = lines(auditor.submit(LINES))
    assert [str(each["id"]) for each in objects] == [row["id"] for row in rows]
    assert objects[0]["sentence"] == "A sign-in as an unknown name failed"
    assert tuple(objects[0]) == COLUMNS


def test_export_says_what_it_is_and_is_kept_nowhere(app: Flask, auditor: PageClient) -> None:
    auditor.get("/admin/audit")
    headers = auditor.submit(CSV).response.headers
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="audit-20')
    assert headers["Content-Disposition"].endswith('.csv"')
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Length" not in headers


def test_export_is_recorded_with_its_filters_and_is_not_in_itself(app: Flask, auditor: PageClient) -> None:
    bob = make_account(app, "bob")
    auditor.get("/admin/audit?whom=bob@example.org&from=2026-01-01")
    assert [each["name"] for each in lines(auditor.submit(LINES))] == ["account.created"]
    (recorded,) = events(app, "audit.exported")
    auditor.get("/admin/audit?from=2026-01-01")
    # That of the first is in the second.
    assert [each["name"] for each in lines(auditor.submit(LINES))].count("audit.exported") == 1
    # A person by id: the address that was typed is nobody's to keep for ever.
    assert json.loads(recorded.detail) == {
        "format": "jsonl",
        "filters": {"whom": [bob.id], "from": "2026-01-01"},
    }
    assert "ada exported events of the audit" in auditor.get("/admin/audit").text


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_cell_that_begins_as_a_formula_begins_with_an_apostrophe(begin: str) -> None:
    assert cell_of(f"{begin}cmd|' /C calc'!A0") == f"'{begin}cmd|' /C calc'!A0"


@pytest.mark.parametrize("value", [None, 7, "", "a=b", "2001:db8::1", "'twas"])
def test_other_cells_are_as_they_are(value: object) -> None:
    assert cell_of(value) == value


def test_name_that_is_a_formula_is_harmless_in_the_file_and_whole_in_the_lines(
    app: Flask, auditor: PageClient
) -> None:
    name = '=HYPERLINK("http://evil.example",\r\n"x")'
    bob = make_account(app, "bob")
    call(app, bob, name)
    auditor.get("/admin/audit?whom=bob")
    (row,) = table(auditor.submit(CSV))
    assert (row["account"], row["account_id"]) == (f"'{name}", bob.id)
    assert row["sentence"].startswith("'=")
    auditor.get("/admin/audit?whom=bob")
    assert lines(auditor.submit(LINES))[0]["account"] == name


def test_export_refuses_filters_that_mean_nothing(app: Flask, auditor: PageClient) -> None:
    form = {"csrf_token": auditor.get("/admin/audit").get("[name=csrf_token]").attributes["value"]}
    page = auditor.post(CSV, {**form, "address": "nowhere"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status == 422
    assert "Write an address or a network" in page.text
    assert not events(app, "audit.exported")


def test_export_needs_a_form_of_our_own_page(app: Flask, auditor: PageClient) -> None:
    auditor.get("/admin/audit")
    assert auditor.client.get(CSV).status_code in {404, 405}
    assert auditor.client.post(CSV).status_code in {400, 403}
    assert auditor.client.post("/admin/audit/export.xlsx").status_code in {404, 405}
    assert not events(app, "audit.exported")


def test_export_is_refused_to_whoever_may_not_look(app: Flask, auditor: PageClient) -> None:
    user = enter(app, make_account(app, "carol"))
    token = user.get("/account").get("[name=csrf_token]").attributes["value"]
    own = {"Sec-Fetch-Site": "same-origin"}
    assert user.client.get("/admin/audit").status_code == 403
    assert user.client.post(CSV, data={"csrf_token": token}, headers=own).status_code == 403
    assert app.test_client().post(CSV, headers=own).status_code == 303
    assert not events(app, "audit.exported")
