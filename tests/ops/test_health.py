"""What a balancer asks: alive touches nothing, ready names what is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.servers.postgres import PostgresServer


def lose_database(app: Flask, tmp_path: Path) -> None:
    """The file is gone, and so is the folder in which another could be begun."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    for file in tmp_path.glob("latchkey.db*"):
        file.unlink()
    (tmp_path / "latchkey.db").mkdir()


def check_not_ready(answer: TestResponse, *names: str) -> None:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["status"] == "not ready"
    assert sorted(answer.get_json()["faults"]) == sorted(names)
    assert not re.search(r"/tmp|sqlite|postgres|://|[0-9]{4}", answer.text)


def test_alive_touches_nothing(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    lose_database(app, tmp_path)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})
    assert "Set-Cookie" not in answer.headers


@pytest.mark.database
def test_ready_when_everything_is_there(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})


def test_missing_database_is_named(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    lose_database(app, tmp_path)
    check_not_ready(client.get("/readyz"), "database")


@pytest.mark.database
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM alembic_version",
        "UPDATE alembic_version SET version_num = 'older'",
        "DROP TABLE alembic_version",
    ],
)
def test_schema_of_another_release_is_named(app: Flask, client: FlaskClient, statement: str) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(text(statement))
    answer = client.get("/readyz")
    check_not_ready(answer, "schema")
    assert "flask --app wsgi db upgrade" in answer.get_json()["faults"]["schema"]


def test_ready_again_when_the_database_is_back(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    kept = (tmp_path / "latchkey.db").read_bytes()
    lose_database(app, tmp_path)
    assert client.get("/readyz").status_code == 503
    (tmp_path / "latchkey.db").rmdir()
    (tmp_path / "latchkey.db").write_bytes(kept)
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_is_answered_to_anybody_without_a_cookie(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert "Set-Cookie" not in answer.headers


def test_database_server_that_is_gone_is_named(
    app: Flask, make_app: object, postgres_server: PostgresServer
) -> None:
    gone = postgres_server.url_of("no_such_database")
    client = make_app(DATABASE_URL=gone).test_client()  # type: ignore[operator]
    check_not_ready(client.get("/readyz"), "database")
    assert client.get("/healthz").status_code == 200
