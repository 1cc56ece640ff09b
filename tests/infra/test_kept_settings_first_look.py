"""A process that has not seen the settings kept in the database refuses rather than go by the environment's."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.kept_world import Moved, keep, wait_for_look
from tests.make import make_administrator, make_program, sign_in, sign_in_by_api
from tests.page_client import PageClient
from webapp.config import Settings, current_settings
from webapp.infra import kept_settings
from webapp.infra.database import SingleRows
from webapp.infra.kept_settings import KeptSettings
from webapp.infra.kept_settings_store import KEPT

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Moved:
    # However busy the machine is: a look that comes late is no failure of these tests.
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 30.0)
    return Moved(monkeypatch)


def begin_anew(app: Flask) -> None:
    """As a process that has just begun: it never looked."""
    parts = app.extensions["latchkey"]
    given = parts.get(KeptSettings).given
    parts.add(Settings, given)
    parts.add(KeptSettings, KeptSettings(parts, given))


def hold_looks(patch: pytest.MonkeyPatch) -> threading.Event:
    """No look ends before this is set."""
    end, find = threading.Event(), SingleRows.find

    def wait(self: SingleRows, statement: Any, values: Any) -> Any:
        if statement is KEPT:
            end.wait(60)
        return find(self, statement, values)

    patch.setattr(SingleRows, "find", wait)
    return end


def test_process_that_knows_no_settings_yet_refuses_until_it_does(
    app: Flask, moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = PageClient(app.test_client())
    root = make_administrator(app)
    sign_in(pages, root)
    bearer = sign_in_by_api(app.test_client(), root)
    program, token = make_program(app), bearer["Authorization"].removeprefix("Bearer ")
    keep(app, "REGISTRATION", '"closed"')
    keep(app, "REQUIRE_MFA_FOR", '["administrator"]')
    moved.on(60)
    begin_anew(app)
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(kept_settings, "_FIRST_SECONDS", 0.1)
    end, client = hold_looks(monkeypatch), app.test_client()
    answers = [client.get(path) for path in ("/register", "/login", "/api/v1/activity", "/api/v2/activity")]
    answers += [pages.client.get("/admin"), client.get("/api/v1/verify", headers=bearer)]
    answers.append(client.post("/api/v1/introspect", data={"token": token}, headers=program.headers))
    assert {(each.status_code, each.headers.get("Retry-After")) for each in answers} == {(503, "2")}
    others = ("/healthz", "/readyz", "/.well-known/jwks.json", "/favicon.ico", "/openapi.json")
    assert [client.get(path).status_code for path in others] == [200] * 5
    end.set()
    wait_for_look()
    assert "Registration is closed" in client.get("/register").text
    assert pages.get("/admin").path == "/account/second-step"


def test_caller_waits_for_the_first_look(app: Flask, moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    make_administrator(app)
    keep(app, "REGISTRATION", '"closed"')
    moved.on(60)
    begin_anew(app)
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(kept_settings, "_FIRST_SECONDS", 60.0)
    end = hold_looks(monkeypatch)
    threading.Timer(0.2, end.set).start()
    assert "Registration is closed" in app.test_client().get("/register").text


@pytest.mark.parametrize(
    ("name", "value", "in_force"),
    [
        ("REGISTRATION", '"ajar"', "closed"),
        ("REQUIRE_MFA_FOR", '["support", "a\\u0000b", 5', ("administrator", "support")),
        ("REQUIRE_MFA_FOR", "5", ("administrator",)),
    ],
)
def test_stored_value_that_cannot_be_used_never_opens_anything(
    make_app: Any, moved: Moved, name: str, value: str, in_force: object
) -> None:
    app = make_app(REQUIRE_MFA_FOR="administrator")
    keep(app, name, value)
    moved.on(5)
    with app.app_context():
        assert getattr(current_settings(), name.lower()) == in_force


def test_last_value_that_could_be_used_stays_in_force(app: Flask, moved: Moved) -> None:
    for value in ('"invite"', '"ajar"', "{"):
        keep(app, "REGISTRATION", value)
        moved.on(5)
        with app.app_context():
            assert current_settings().registration == "invite"
