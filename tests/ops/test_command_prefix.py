"""Messages name commands as they are run where Latchkey was installed: as COMMAND_PREFIX says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.make import make_setup_path
from tests.ops.self_audit.grounds import engine_of, evidence_of, finding_of, settings_of, stored_of
from webapp.infra.database import db, unit_of_work
from webapp.infra.schema import Schema

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.page_client import PageClient

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment() -> dict[str, str]:
    return {"COMMAND_PREFIX": "latchkey"}


def test_pages_name_the_command_that_makes_the_first_administrator(app: Flask, pages: PageClient) -> None:
    assert pages.get("/register").get("pre.command").text == "latchkey create-admin"
    used = make_setup_path(app)
    make_setup_path(app)
    assert "latchkey create-admin" in pages.get(used).text


def test_readiness_names_the_command_that_migrates(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(text("DELETE FROM alembic_version"))
    assert client.get("/readyz").get_json()["faults"]["schema"].endswith(" Run: latchkey db upgrade")


def test_cure_of_the_self_audit_is_a_command_that_works_here() -> None:
    settings = settings_of(COMMAND_PREFIX="latchkey")
    found = finding_of("database.schema", evidence_of(settings, stored_of(engine_of(schema=Schema.BEHIND))))
    assert found is not None
    assert found.cure == "Run: latchkey db upgrade"


def test_no_other_place_says_how_commands_begin() -> None:
    files = [
        *ROOT.glob("webapp/**/*.py"),
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("templates/**/*.txt"),
    ]
    assert len(files) > 300
    naming = {str(file.relative_to(ROOT)) for file in files if "venv/bin/flask" in file.read_text()}
    assert naming == {"webapp/config/settings.py"}
