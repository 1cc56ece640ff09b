"""Checks of what stands in the database, on the machine and with the neighbours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.mail_servers import settings_for, sink
from tests.ops.self_audit.grounds import (
    DEVELOPMENT,
    NOW,
    engine_of,
    evidence_of,
    finding_of,
    level_of,
    machine_of,
    settings_of,
    stored_of,
)
from webapp.admin.dashboard_store import Waiting
from webapp.infra.figures import Amount
from webapp.infra.schema import Schema
from webapp.ops.self_audit.evidence import Visit
from webapp.ops.self_audit.findings import NotKnown
from webapp.ops.self_audit.machine import look_at_machine
from webapp.ops.self_audit.neighbours import Counting, MailServerSaid, look_at_mail_server
from webapp.ops.self_audit.stored import Stored, Verified

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)
SQLITE = {"is_postgresql": False, "tls": None, "offset": None}
KEPT = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
WAL = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
NOTE = "REQUIRE_MFA_FOR names boss, and there is no such role: nobody is asked for it. Correct the setting."


@pytest.mark.parametrize(
    ("check", "engine", "level"),
    [
        ("database.answers", {}, "pass"),
        ("database.schema", {}, "pass"),
        ("database.schema", {"schema": Schema.AHEAD}, "warn"),
        ("database.schema", {"schema": Schema.BEHIND}, "fail"),
        ("database.schema", {"schema": Schema.BEYOND}, "fail"),
        ("database.durability", {"modes": {**KEPT, "fsync": "off"}}, "fail"),
        ("database.durability", {"modes": {**KEPT, "synchronous_commit": "off"}}, "fail"),
        ("database.durability", {**SQLITE, "modes": WAL}, "pass"),
        ("database.durability", {**SQLITE, "modes": {**WAL, "synchronous": "1"}}, "fail"),
        ("database.durability", {**SQLITE, "modes": {**WAL, "journal_mode": "delete"}}, "fail"),
        ("database.rights", {}, "pass"),
        ("database.rights", {"rights": ("is a superuser",)}, "fail"),
        ("database.rights", {**SQLITE, "modes": WAL}, None),
        ("database.encryption", {}, "pass"),
        ("database.encryption", {"tls": None}, "fail"),
        ("clock.database", {}, "pass"),
        ("clock.database", {"offset": timedelta(seconds=-6)}, "warn"),
        ("clock.database", {"offset": timedelta(seconds=31)}, "fail"),
        ("clock.database", {**SQLITE, "modes": WAL}, None),
    ],
)  # fmt: skip
def test_database_passes_is_worth_a_look_or_fails(
    check: str, engine: dict[str, Any], level: str | None
) -> None:
    assert level_of(check, evidence_of(settings_of(), stored_of(engine_of(**engine)))) == level


def test_encryption_to_nobody_in_particular_is_worth_a_look() -> None:
    settings = settings_of(DATABASE_URL="postgresql://a:pa55word@db.example.org/latchkey")
    assert level_of("database.encryption", evidence_of(settings, stored_of())) == "warn"
    near = settings_of(DATABASE_URL="postgresql://a:pa55word@localhost/latchkey")
    assert level_of("database.encryption", evidence_of(near, stored_of(engine_of(tls=None)))) is None


def test_database_that_is_away_is_one_failure_and_the_rest_unknown() -> None:
    evidence = evidence_of(settings_of())
    evidence._pieces = {Stored: NotKnown("The database did not answer.", "Look at it.")}
    assert level_of("database.answers", evidence) == "fail"
    found = finding_of("backup.age", evidence)
    assert (found and found.level, found and found.sentence) == ("warn", "The database did not answer.")


@pytest.mark.parametrize(
    ("check", "stored", "level"),
    [
        ("backup.age", {"backed_up_at": None}, "warn"),
        ("backup.age", {"backed_up_at": NOW - DAY}, "pass"),
        ("backup.age", {"backed_up_at": NOW - 3 * DAY}, "warn"),
        ("backup.age", {"backed_up_at": NOW - 15 * DAY}, "fail"),
        ("people.administrators", {"administrators": 0}, "warn"),
        ("people.administrators", {"administrators": 1}, "warn"),
        ("people.administrators", {}, "pass"),
        ("people.second-factor", {}, "pass"),
        ("people.second-factor", {"with_second_factor": 1}, "warn"),
        ("people.second-factor", {"requirement_note": NOTE}, "fail"),
        ("audit.sealed", {}, "pass"),
        ("audit.sealed", {"first_unsealed_at": NOW - DAY}, "fail"),
        ("audit.sealed", {"is_replaced": True}, "fail"),
        ("audit.verified", {}, "pass"),
        ("audit.verified", {"verified": None}, "warn"),
        ("audit.verified", {"verified": Verified(NOW - 32 * DAY, is_sound=True)}, "warn"),
        ("audit.verified", {"verified": Verified(NOW - DAY, is_sound=False)}, "fail"),
        ("mail.queue", {}, "pass"),
        ("mail.queue", {"waiting": Waiting(Amount(3), NOW - timedelta(hours=1), "451 later")}, "warn"),
        ("mail.queue", {"waiting": Waiting(Amount(3), NOW - DAY, "451 later")}, "fail"),
    ],
)  # fmt: skip
def test_what_is_stored_passes_is_worth_a_look_or_fails(
    check: str, stored: dict[str, Any], level: str
) -> None:
    assert level_of(check, evidence_of(settings_of(), stored_of(**stored))) == level


def test_administrators_without_a_second_factor_fail_in_production_alone() -> None:
    stored = stored_of(with_second_factor=1)
    found = finding_of("people.second-factor", evidence_of(settings_of(REQUIRE_MFA_FOR=""), stored))
    assert found is not None
    assert (found.level, "1 of 2 do." in found.sentence) == ("fail", True)
    relaxed = settings_of(**DEVELOPMENT, REQUIRE_MFA_FOR="")
    assert level_of("people.second-factor", evidence_of(relaxed, stored)) == "warn"


@pytest.mark.parametrize(
    ("check", "machine", "level"),
    [
        ("machine.disk", {}, "pass"),
        ("machine.disk", {"free": 900 * 2**20}, "warn"),
        ("machine.disk", {"free": 2**20}, "fail"),
        ("machine.disk", {"free": None}, "fail"),
        ("machine.permissions", {"open_files": (".", "a", "b", "c", "d")}, "fail"),
        ("machine.secret-files", {"writable_secrets": ("SMTP_URL",)}, "fail"),
        ("machine.user", {"is_root": True}, "fail"),
    ],
)
def test_machine_passes_is_worth_a_look_or_fails(check: str, machine: dict[str, Any], level: str) -> None:
    assert level_of(check, evidence_of(settings_of(), machine_of(**machine))) == level


def test_files_that_others_may_read_are_named(tmp_path: Path) -> None:
    folder, secret = tmp_path / "instance", tmp_path / "smtp_url"
    folder.mkdir()
    (folder / "latchkey.db").touch()
    (folder / "secret_key").touch()
    secret.touch()
    for path, mode in (
        (folder / "latchkey.db", 0o644),
        (folder / "secret_key", 0o600),
        (folder, 0o755),
        (secret, 0o666),
    ):
        path.chmod(mode)
    visit = Visit(settings_of(INSTANCE_PATH=str(folder)), {"SMTP_URL_FILE": str(secret)}, NOW)
    assert look_at_machine(visit).open_files == (".", "latchkey.db")
    assert look_at_machine(visit).writable_secrets == ("SMTP_URL",)
    folder.chmod(0o700)
    assert look_at_machine(visit).open_files == ()


def test_mail_server_is_greeted_and_given_no_letter() -> None:
    with sink() as server:
        settings = settings_of(**settings_for(server.port))
        said = look_at_mail_server(Visit(settings, {}, NOW))
        assert isinstance(said, MailServerSaid)
        assert said.trouble is None
        assert level_of("mail.server", evidence_of(settings, said)) == "pass"
        assert server.taken == []
    gone = look_at_mail_server(Visit(settings, {}, NOW))
    found = finding_of("mail.server", evidence_of(settings, gone))
    assert found is not None
    assert found.level == "fail"
    assert found.sentence == "Nobody answers at the port of SMTP_URL."


@pytest.mark.parametrize(
    ("counting", "levels"),
    [
        (Counting(answers=True, refuses=True), ("pass", "pass")),
        (Counting(answers=False, refuses=False), ("fail", "fail")),
    ],
)
def test_limits_are_counted_where_they_are_meant_to_be(counting: Counting, levels: tuple[str, str]) -> None:
    evidence = evidence_of(settings_of(), counting)
    assert (level_of("limits.store", evidence), level_of("limits.count", evidence)) == levels
