"""What the checks are tried on: settings of a faultless production server, and evidence made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from webapp.admin.dashboard_store import Waiting
from webapp.config import load_settings
from webapp.infra.figures import Amount
from webapp.infra.schema import Schema
from webapp.ops.self_audit.evidence import Evidence, Visit
from webapp.ops.self_audit.machine import Machine
from webapp.ops.self_audit.report import judge
from webapp.ops.self_audit.run import GROUPS
from webapp.ops.self_audit.stored import Engine, Stored, Verified

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.ops.self_audit.findings import Finding
    from webapp.web.origin import Arrived

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MAIL = {"SMTP_URL": "smtps://user:pa55word@mail.example.org", "MAIL_FROM": "accounts@example.org"}
PRODUCTION = {
    "APP_ENV": "production",
    "PUBLIC_URL": "https://accounts.example.org",
    "INSTANCE_PATH": "/nowhere/instance",
    "DATABASE_URL": "postgresql://latchkey:pa55word@db.example.org/latchkey?sslmode=verify-full",
    "REDIS_URL": "rediss://latchkey:pa55word@store.example.org/0",
    "SECRET_KEY": "a-Secret-of-the-tests-0123456789-abcdefghij",
    "ENCRYPTION_KEY": "b-Secret-of-the-tests-0123456789",
    "PASSWORD_PEPPER": "c-Secret-of-the-tests-0123456789-abc",
    "TRUSTED_PROXIES": "10.0.0.2/32",
    "REQUIRE_MFA_FOR": "administrator",
    "REQUIRE_VERIFIED_EMAIL": "true",
    "KEY_ROTATION_INTERVAL": "7776000",
    "SECURITY_CONTACT": "mailto:security@example.org",
    **MAIL,
}
DEVELOPMENT = {
    "APP_ENV": "development",
    "PUBLIC_URL": "http://localhost:8000",
    "TRUSTED_PROXIES": "",
    **dict.fromkeys(MAIL, ""),
}
ENGINE = {
    "name": "PostgreSQL 18",
    "is_postgresql": True,
    "modes": {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"},
    "rights": (),
    "tls": "TLSv1.3",
    "offset": timedelta(0),
    "schema": Schema.CURRENT,
}
STORED = {
    "keys": (),
    "waiting": Waiting(Amount(0), None, None),
    "first_unsealed_at": None,
    "is_replaced": False,
    "administrators": 2,
    "with_second_factor": 2,
    "backed_up_at": NOW - timedelta(hours=10),
    "verified": Verified(NOW - timedelta(days=3), is_sound=True),
    "requirement_note": None,
}
MACHINE = {
    "password_check": timedelta(milliseconds=250),
    "free": 50 * 2**30,
    "size": 100 * 2**30,
    "open_files": (),
    "writable_secrets": (),
    "is_root": False,
}


def settings_of(**changed: str) -> Settings:
    """Those of production, and what a test changes."""
    return load_settings({**PRODUCTION, **changed})


def engine_of(**changed: Any) -> Engine:
    return Engine(**{**ENGINE, **changed})


def stored_of(engine: Engine | None = None, **changed: Any) -> Stored:
    return Stored(engine=engine or engine_of(), **{**STORED, **changed})


def machine_of(**changed: Any) -> Machine:
    return Machine(**{**MACHINE, **changed})


def evidence_of(
    settings: Settings,
    *pieces: object,
    arrived: Arrived | None = None,
    environ: dict[str, str] | None = None,
) -> Evidence:
    """What these pieces say, and nothing else was asked."""
    visit = Visit(settings, environ or {}, NOW, arrived)
    return Evidence(visit, {type(each): each for each in pieces})


def finding_of(check_id: str, evidence: Evidence) -> Finding | None:
    """What one check finds; None where it does not apply."""
    checks = [check for group in GROUPS for check in group.checks if check.id == check_id]
    assert len(checks) == 1, check_id
    return next((each.finding for each in judge(checks, evidence)), None)


def level_of(check_id: str, evidence: Evidence) -> str | None:
    found = finding_of(check_id, evidence)
    return found.level if found else None
