"""`flask restore`: everybody is signed out, and nothing of the past goes on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from tests.admin.console import events
from tests.cli.test_account_commands import run
from tests.infra.audit_world import record, seal, seal_segments
from tests.make import csrf_header, enrol_app, make_account, make_reset_path, refresh, sign_in_by_api
from tests.ops.backup_world import back_up, put_programs_on_path, restore
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.jobs import queue_job
from webapp.infra.models import Mail
from webapp.infra.outbox import Letter, queue_letter
from webapp.keys.rotation import list_keys, revoke, rotate
from webapp.webhooks.models import WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _programs(
    monkeypatch: pytest.MonkeyPatch, database_kind: str, request: pytest.FixtureRequest, database_url: str
) -> Iterator[None]:
    put_programs_on_path(monkeypatch)
    yield
    if database_kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        drop_kept(server, make_url(database_url).database or "")


def drop_kept(server: PostgresServer, name: str) -> None:
    import psycopg

    with psycopg.connect(server.url_of("postgres")) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}\\_%",))
        names = [str(row[0]) for row in found]
    for each in names:
        server.drop_database(each)


def leave_things_waiting(app: Flask) -> None:
    """A letter, a message to a webhook and a job, all due."""
    moment = clock.now()
    with app.app_context(), unit_of_work():
        assert queue_letter("reset_password", "bob@example.org", Letter("Reset", ("Here it is.",)))
        message = {
            "id": "m" * 26,
            "endpoint_id": "e" * 26,
            "event": "account.created",
            "body": "{}",
            "mac": b"",
        }
        db.session.add(WebhookMessage(**message, created_at=moment, due_at=moment, attempts=0, tries=0))
        queue_job("import", name="Import", actor_id=None, detail={}, total=3)


def test_restore_signs_everybody_out_and_says_why(app: Flask, tmp_path: Path) -> None:
    bob, client = make_account(app, "bob"), app.test_client()
    sign_in_by_api(client, bob)
    file = back_up(app, tmp_path / "a.backup")
    # Rotated since: what the browser holds is newer than what the backup knows.
    refresh(client)
    late, stranger = make_account(app, "late"), app.test_client()
    sign_in_by_api(stranger, late)
    ran = restore(app, file, "--replace", "--yes")
    assert ran.exit_code == 0, ran.output
    assert "1 session ended: everybody signs in again." in ran.stdout
    refused = client.post("/api/v1/refresh", headers=csrf_header(client))
    assert (refused.status_code, refused.get_json()["cause"]) == (401, "restored")
    unknown = stranger.post("/api/v1/refresh", headers=csrf_header(stranger))
    assert (unknown.status_code, unknown.get_json()["cause"]) == (401, "state_lost")
    assert events(app, "refresh_token.reused") == events(app, "backup.made") == []
    assert [json.loads(each.detail)["count"] for each in events(app, "sessions.ended")] == [1]
    assert sign_in_by_api(app.test_client(), bob)


def test_nothing_that_waited_goes_out_after_a_restore(app: Flask, tmp_path: Path) -> None:
    bob = make_account(app, "bob")
    link, totp = make_reset_path(app, bob), enrol_app(app, bob)
    client = app.test_client()
    begun = client.post("/api/v1/login", json={"username": "bob", "password": bob.password})
    leave_things_waiting(app)
    file = back_up(app, tmp_path / "a.backup")
    ran = restore(app, file, "--replace", "--yes")
    assert "Void now: 1 link, 1 waiting letter, 1 waiting message, 1 unfinished job." in ran.stdout
    assert "What was taken away since the backup is there again, such as revoked clients" in ran.stdout
    assert client.get(link).status_code == 410
    answer = {"mfa_token": begun.get_json()["mfa_token"], "code": totp.code()}
    assert client.post("/api/v1/login/mfa", json=answer).status_code == 401
    with app.app_context(), unit_of_work(writes=False):
        mail = db.session.scalars(select(Mail)).one()
        assert (mail.body, mail.due_at, mail.last_failure) == (
            None,
            None,
            "The service was restored from a backup.",
        )
        message = db.session.scalars(select(WebhookMessage)).one()
        assert (message.due_at, message.last_problem) == (None, "restored")


def test_restored_trail_is_sound_and_goes_on(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        seal_segments(2, 3)
    file = back_up(app, tmp_path / "a.backup")
    with app.app_context():
        record(2)
        assert seal() > 0
    restore(app, file, "--replace", "--yes")
    # This node had kept the head of a segment that is not there any more.
    ran = run(app, "audit", "verify")
    assert (ran.exit_code, ran.stdout[:18]) == (0, "Nothing is amiss. ")
    with app.app_context():
        # The two of the restore, and that the trail was verified since.
        assert seal() == 3
    assert run(app, "audit", "verify").exit_code == 0
    (event,) = events(app, "database.restored")
    assert event.via == "command"
    assert abs(clock.now().fromisoformat(json.loads(event.detail)["moment"]) - clock.now()) < timedelta(
        minutes=5
    )


def test_signing_keys_revoked_since_the_backup_stay_revoked_and_a_new_one_signs(
    app: Flask, tmp_path: Path
) -> None:
    with app.app_context(), unit_of_work():
        upcoming = rotate().key.kid
    file = back_up(app, tmp_path / "a.backup")
    with app.app_context(), unit_of_work():
        (current,) = [key.kid for key in list_keys() if key.state == "current"]
        revoke(upcoming)
        signing = revoke(current)
        assert signing is not None
        lost = signing.kid
    ran = restore(app, file, "--replace", "--yes")
    assert "Revoked again, as in the former database: 2 signing keys.\n" in ran.stdout
    with app.app_context(), unit_of_work(writes=False):
        found = {key.kid: (key.state, bool(key.sealed_private_key)) for key in list_keys()}
    assert (found.pop(upcoming), found.pop(current)) == (("revoked", False), ("revoked", False))
    assert list(found.values()) == [("current", True)]
    assert lost not in found
    assert len(events(app, "signing_key.revoked")) == 2


def test_accounts_to_be_deleted_have_the_whole_time_again(app: Flask, tmp_path: Path) -> None:
    from tests.admin.console import find
    from webapp.accounts.service import get_account

    bob = make_account(app, "bob")
    with app.app_context(), unit_of_work():
        get_account(bob.id).deletion_due_at = clock.now() + timedelta(hours=1)
    file = back_up(app, tmp_path / "a.backup")
    ran = restore(app, file, "--replace", "--yes")
    assert ran.exit_code == 0, ran.output
    due_at = find(app, bob).deletion_due_at
    assert due_at is not None
    assert due_at - clock.now() > timedelta(days=13)
