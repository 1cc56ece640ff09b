"""Settings kept in the database that cannot be read, or hold what nobody can use: the application goes on."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from tests.infra.kept_world import Moved, keep, name_on, wait_for_look
from webapp.config import current_settings
from webapp.infra import kept_settings
from webapp.infra.database import DatabaseAway, SingleRows, db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Moved:
    # However busy the machine is: a look that comes late is no failure of these tests.
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 30.0)
    return Moved(monkeypatch)


def test_database_that_is_away_leaves_what_is_known_in_force_and_holds_nobody_up(
    app: Flask, moved: Moved, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep(app, "APP_NAME", '"Torhaus"')
    moved.on(5)
    assert name_on(app) == "Torhaus"
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 0.01)
    hung, looks = threading.Event(), []

    def hang(*_: object) -> None:
        looks.append(1)
        hung.wait(30)
        raise DatabaseAway(retry_after=2)

    with monkeypatch.context() as away, caplog.at_level(logging.WARNING, "latchkey.settings"):
        away.setattr(SingleRows, "find", hang)
        moved.on(60)
        assert [name_on(app) for _ in range(3)] == ["Torhaus"] * 3
        hung.set()
        for _ in range(3):
            wait_for_look()
            moved.on(2)
            assert name_on(app) == "Torhaus"
        wait_for_look()
    assert len(looks) == 4
    assert len(caplog.records) == 1
    monkeypatch.setattr(kept_settings, "_PATIENCE_SECONDS", 30.0)
    keep(app, "APP_NAME", '"Wieder da"')
    moved.on(60)
    assert name_on(app) == "Wieder da"


@pytest.mark.parametrize(
    "value", ["", "null", "{}", "5", '""', '["a"]', '"' + "x" * 61 + '"', '"a\\u0000b"', "[" * 9_999, "'x'"]
)
def test_stored_value_that_cannot_be_used_is_left_out(
    app: Flask, moved: Moved, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    keep(app, "APP_NAME", value)
    keep(app, "REGISTRATION", '"invite"')
    moved.on(5)
    assert name_on(app) == "Latchkey"
    with app.app_context():
        assert current_settings().registration == "invite"
    assert [each.getMessage() for each in caplog.records if each.name == "latchkey.settings"] == [
        "the value that the database keeps for APP_NAME cannot be used, so it is not"
    ]


@pytest.mark.database
def test_application_works_before_its_tables_are_there(app: Flask, moved: Moved) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(db.text("DROP TABLE kept_settings"))
    moved.on(5)
    assert name_on(app) == "Latchkey"
    with app.app_context():
        assert current_settings().app_name == "Latchkey"
