"""Settings changed in the console reach every process by its next use, in front of Flask too."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from tests.infra.kept_world import Moved, keep, name_on, wait_for_look
from tests.make import make_account, make_administrator, make_program, sign_in_by_api
from tests.servers.shared import wait_until
from webapp.config import current_settings
from webapp.infra import kept_settings
from webapp.infra.database import SingleRows, db, unit_of_work
from webapp.infra.kept_settings_store import KEPT
from webapp.infra.models import KeptSetting

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.servers.live import LiveServer


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Moved:
    # However busy the machine is: a look that comes late is no failure of these tests.
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 30.0)
    return Moved(monkeypatch)


@pytest.mark.database
def test_other_node_goes_by_a_change_five_seconds_later(make_app: Callable[..., Flask], moved: Moved) -> None:
    here, there = make_app(), make_app(APP_NAME="Portal")
    assert (name_on(here), name_on(there)) == ("Latchkey", "Portal")
    keep(here, "APP_NAME", '"Torhaus"')
    keep(here, "REGISTRATION", '"closed"')
    moved.on(5)
    assert (name_on(here), name_on(there)) == ("Torhaus", "Torhaus")
    with there.app_context():
        assert (current_settings().registration, current_settings().source_of("APP_NAME")) == (
            "closed",
            "environment",
        )
    with here.app_context(), unit_of_work():
        db.session.execute(delete(KeptSetting))
    moved.on(5)
    assert (name_on(here), name_on(there)) == ("Latchkey", "Portal")


@pytest.mark.parametrize("path", ["verify", "introspect"])
def test_calls_answered_in_front_of_flask_follow_by_themselves(app: Flask, moved: Moved, path: str) -> None:
    make_administrator(app)
    headers = sign_in_by_api(app.test_client(), make_account(app, roles=("user", "auditor")))
    program = make_program(app)
    client = app.test_client()

    def grants() -> bool:
        if path == "verify":
            return client.get("/api/v1/verify", headers=headers).status_code == 204
        token = headers["Authorization"].removeprefix("Bearer ")
        answer = client.post("/api/v1/introspect", data={"token": token}, headers=program.headers)
        return "admin:read" in answer.get_json()["scope"].split()

    assert grants()
    passed = _count_requests(app)
    assert grants()
    assert passed == []
    keep(app, "REQUIRE_MFA_FOR", '["auditor"]')
    moved.on(5)
    assert not grants()


def _count_requests(app: Flask) -> list[str]:
    """Notes each request that comes through to Flask."""
    seen: list[str] = []
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append("request"))
    return seen


def test_look_costs_one_statement_in_two_seconds(
    app: Flask, moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = _count_looks(monkeypatch)
    for _ in range(3):
        name_on(app)
    first = len(looks)
    moved.on(2.5)
    for _ in range(3):
        name_on(app)
    wait_for_look()
    assert (first, len(looks)) == (1, 2)


def _count_looks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    looks: list[object] = []
    find = SingleRows.find

    def count(self: SingleRows, statement: object, values: object) -> object:
        if statement is KEPT:
            looks.append(statement)
        return find(self, statement, values)  # type: ignore[arg-type]

    monkeypatch.setattr(SingleRows, "find", count)
    return looks


def test_running_server_goes_by_a_change_by_itself(start_server: Callable[..., LiveServer]) -> None:
    server = start_server()
    assert _title(server) == "Latchkey"
    kept = sqlite3.connect(server.folder / "instance" / "latchkey.db", timeout=20)
    with closing(kept), kept:
        kept.execute(
            "INSERT INTO kept_settings VALUES ('APP_NAME', '\"Torhaus\"', 1, '2026-11-22 12:00:00', NULL)"
        )
    wait_until(lambda: _title(server) == "Torhaus", "the other name")


def _title(server: LiveServer) -> str:
    with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
        return str(json.load(answer)["info"]["title"])
