"""Copies of accounts as files: exactly who is filtered, safe in a spreadsheet, recorded, and taken by an import."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, call, enter, events, make_crowd, open_console
from tests.admin.transfer import EXPORT, check, lines_on
from tests.cli.test_account_commands import run
from tests.make import make_account
from webapp.admin import account_export

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from tests.page_client import Page

FORMULA = '=HYPERLINK("http://evil.example",\n"x");@cmd'


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def export(console: Console, query: str = "", button: str = "Export as CSV") -> Page:
    console.pages.get(EXPORT + query)
    return console.pages.submit(EXPORT, button=button)


def table(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeffid,username,")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.database
def test_export_holds_exactly_who_is_filtered_through_all_its_stretches(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_export, "_STRETCH", 7)
    crowd = make_crowd(app, 40)
    make_account(app, "eve", locked=True)
    rows = table(export(console).html)
    assert sorted(row["username"] for row in rows) == sorted([*crowd, "bob", "eve", "root"])
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    console.pages.get("/admin/accounts?state=locked")
    console.pages.click("Export these")
    page = console.pages.submit(EXPORT, button="Export as JSON Lines")
    (eve,) = map(json.loads, page.html.splitlines())
    assert (eve["username"], eve["state"], eve["roles"], eve["email_verified"]) == (
        "eve",
        "locked",
        ["user"],
        True,
    )
    assert tuple(eve) == account_export.COLUMNS
    assert [json.loads(each.detail) for each in events(app, "accounts.exported")] == [
        {"filters": {}, "format": "csv", "searched": False},
        {"filters": {"state": "locked"}, "format": "jsonl", "searched": False},
    ]
    assert "root exported accounts" in console.pages.get("/admin/audit").text


def test_export_says_what_it_is_and_holds_no_password(app: Flask, console: Console) -> None:
    page = export(console)
    headers = page.response.headers
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="accounts-20')
    assert headers["Cache-Control"] == "no-store"
    assert "$2b$" not in page.html


def test_what_an_export_gives_an_import_takes_formulas_included(app: Flask, console: Console) -> None:
    call(app, console.bob, FORMULA)
    text = export(console, "?q=bob").html
    (row,) = table(text)
    assert row["display_name"] == "'" + FORMULA.replace(";@", ";'@")
    assert lines_on(check(app, console.pages, text)) == [("3", "bob", "There already")]
    moved = text.replace("bob", "rob")
    assert lines_on(check(app, console.pages, moved)) == [("3", "rob", "New")]
    lines = export(console, "?q=bob", "Export as JSON Lines").html
    assert json.loads(lines)["display_name"] == FORMULA
    assert lines_on(check(app, console.pages, lines)) == [("1", "bob", "There already")]


def test_command_writes_what_the_console_does_and_reads_it_again(
    app: Flask, console: Console, tmp_path: Path
) -> None:
    shown = run(app, "accounts", "export", "--format", "jsonl")
    assert shown.exit_code == 0, shown.output
    assert sorted(json.loads(line)["username"] for line in shown.stdout.splitlines()) == ["bob", "root"]
    file = tmp_path / "people.csv"
    assert run(app, "accounts", "export", str(file)).exit_code == 0
    assert sorted(row["username"] for row in table(file.read_bytes().decode())) == ["bob", "root"]
    assert file.stat().st_mode & 0o077 == 0
    ran = run(app, "accounts", "import", "--without-passwords", "--dry-run", str(file))
    assert "2 lines: 0 new accounts, 2 there already, 0 refused." in ran.stdout
    again = run(app, "accounts", "export", str(file))
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)
    assert len(events(app, "accounts.exported")) == 2


def test_export_that_breaks_off_says_so_in_the_file(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_account: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(account_export, "state_of", fail)
    page = export(console)
    assert page.html.splitlines()[-1].startswith("INCOMPLETE")


def test_browser_that_goes_away_leaves_nothing_behind(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_export, "_STRETCH", 1)
    fields = {
        "csrf_token": console.pages.get(EXPORT).get("[name=csrf_token]").attributes["value"],
        "format": "csv",
    }
    own = {"Sec-Fetch-Site": "same-origin"}
    response = console.pages.client.post(EXPORT, data=fields, headers=own, buffered=False)
    pieces = response.iter_encoded()
    next(pieces), next(pieces)
    assert console.pages.client.post(EXPORT, data=fields, headers=own).status_code == 409
    response.close()
    del pieces, response
    assert export(console).status == 200


def test_export_of_an_unknown_form_or_by_whoever_may_not_look_is_refused(
    app: Flask, console: Console
) -> None:
    token = console.pages.get(EXPORT).get("[name=csrf_token]").attributes["value"]
    own = {"Sec-Fetch-Site": "same-origin"}
    page = console.pages.post(EXPORT, {"csrf_token": token, "format": "xlsx"}, headers=own)
    assert (page.status, "Choose CSV or JSON Lines." in page.text) == (422, True)
    assert console.pages.client.post(EXPORT, data={"format": "csv"}, headers=own).status_code == 400
    user = enter(app, make_account(app, "carol"))
    token = user.get("/account").get("[name=csrf_token]").attributes["value"]
    assert user.client.get(EXPORT).status_code == 403
    assert (
        user.client.post(EXPORT, data={"csrf_token": token, "format": "csv"}, headers=own).status_code == 403
    )
    auditor = enter(app, make_account(app, "ada", roles=("user", "auditor")))
    auditor.get(EXPORT)
    assert auditor.submit(EXPORT).status == 200
    assert len(events(app, "accounts.exported")) == 1
