"""A node of the release before, on a database that a newer one has migrated: it goes on where that only added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.make import make_account, sign_in_by_api
from webapp.infra.database import DatabaseAway, db, unit_of_work
from webapp.infra.migrations import migrate_to_newest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def migrate_by_newer_release(app: Flask, *statements: str) -> None:
    with app.app_context(), unit_of_work():
        for statement in (*statements, "UPDATE alembic_version SET version_num = '9999'"):
            db.session.execute(text(statement))


def start_again(app: Flask) -> None:
    with app.app_context():
        migrate_to_newest()


@pytest.mark.database
def test_node_stays_ready_and_starts_again_where_a_newer_release_only_added(
    app: Flask, client: FlaskClient
) -> None:
    migrate_by_newer_release(
        app,
        "CREATE TABLE inventions (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "ALTER TABLE accounts ADD COLUMN nickname VARCHAR(40)",
        "ALTER TABLE accounts ADD COLUMN badge INTEGER NOT NULL DEFAULT 0",
    )
    assert client.get("/readyz").get_json() == {"status": "ready"}
    start_again(app)
    assert sign_in_by_api(client, make_account(app))
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE accounts RENAME COLUMN lock_reason TO reason",
        "DROP TABLE figures",
        "ALTER TABLE figures ADD COLUMN unit VARCHAR(10) NOT NULL CHECK (unit <> '')",
    ],
)
def test_node_is_not_ready_and_does_not_start_where_a_newer_release_took_away(
    app: Flask, client: FlaskClient, statement: str
) -> None:
    migrate_by_newer_release(app, statement)
    answer = client.get("/readyz")
    assert (answer.status_code, list(answer.get_json()["faults"])) == (503, ["schema"])
    assert "A newer release has changed the database" in answer.get_json()["faults"]["schema"]
    with pytest.raises(DatabaseAway) as refusal:
        start_again(app)
    assert "Start that release, or restore" in refusal.value.message
