"""The page of the self-audit: what it shows, when it looks anew, and whom it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import Console, enter, open_console
from tests.make import entered, make_account
from tests.servers.application import ENVIRONMENT
from webapp.core import clock
from webapp.ops.self_audit.run import RUNS_LIMIT, LastAudit, take_turn

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

PATH = "/admin/settings/audit"


@pytest.fixture
def environment() -> dict[str, str]:
    """Where nobody answers, whatever else runs on this machine."""
    return {"PUBLIC_URL": "https://localhost:1"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def levels(page: Page) -> list[str]:
    return [each.attributes["data-state"] for each in page.find_all("li.row")]


def count_runs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    runs: list[object] = []
    last = app.extensions["latchkey"].get(LastAudit)
    look = last.run

    def count_and_run(*given: Any) -> object:
        runs.append(given)
        return look(*given)

    monkeypatch.setattr(last, "run", count_and_run)
    return runs


def test_page_shows_findings_with_cure_and_requirement_and_no_secret(console: Console) -> None:
    page = console.pages.get(PATH)
    assert (page.status, page.heading) == (200, "Self-audit")
    row = page.get('[id="people.administrators"]')
    assert "One person alone" in row.text
    assert "Give the role to a second person." in row.text
    assert "ASVS 13.2.2" in row.text
    assert "cannot be looked at from here" in page.get('[id="live.reach"]').text
    assert page.get('[id="proxies.address"]').text.startswith("Address of the visitor")
    assert set(levels(page)) <= {"done", "todo", "danger"}
    assert not any(
        value in page.html for name, value in ENVIRONMENT.items() if "KEY" in name or "PEPPER" in name
    )


def test_page_looks_anew_when_asked_or_after_ten_minutes(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = count_runs(console.app, monkeypatch)
    console.pages.get(PATH)
    console.pages.get(PATH)
    assert len(runs) == 1
    page = console.pages.submit(PATH, button="Run again")
    assert (page.status, page.path, len(runs)) == (200, PATH, 2)
    assert "It looked just now" in page.text
    _pass(monkeypatch, minutes=11)
    console.pages.get(PATH)
    assert len(runs) == 3


def test_asking_too_often_is_refused_and_the_last_report_stays(console: Console) -> None:
    console.pages.get(PATH)
    with entered(console.app):
        for _ in range(RUNS_LIMIT.count - 1):
            take_turn()
    page = console.pages.submit(PATH, button="Run again")
    assert (page.status, "Retry-After" in page.response.headers) == (429, True)
    assert "It ran often just now, so this is what was found last. Try again in" in page.text
    assert page.find('[id="people.administrators"]') is not None
    assert console.pages.get(PATH).status == 200


def test_auditor_reads_and_cannot_run(console: Console) -> None:
    auditor = enter(console.app, make_account(console.app, "vera", roles=("user", "auditor")))
    page = auditor.get(PATH)
    assert page.status == 200
    assert page.find(f'main form[action="{PATH}"]') is None
    token = page.get("input[name=csrf_token]").attributes["value"]
    assert auditor.post(PATH, data={"csrf_token": token}).status == 403


def test_visitor_is_sent_to_sign_in_and_a_forged_form_is_refused(app: Flask, console: Console) -> None:
    assert app.test_client().get(PATH).status_code == 303
    assert console.pages.post(PATH, data={"csrf_token": "forged"}).status == 400
    assert console.pages.client.delete(PATH).status_code == 405


def _pass(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(minutes=minutes))
