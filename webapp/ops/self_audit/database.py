"""Checks of the database: that it keeps what it is given, and lets nobody do more than is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import make_url

from webapp.config.safety import LOOPBACK_NAMES
from webapp.infra.schema import Schema
from webapp.ops.self_audit.findings import (
    Check,
    Finding,
    Group,
    NotAsked,
    NotKnown,
    failed,
    passed,
    warned,
    worse_in_production,
)
from webapp.ops.self_audit.stored import Stored

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.ops.self_audit.evidence import Evidence

# SQLite's numbers for FULL and EXTRA: a commit waits until it is on the disk.
_KEPT: Final = frozenset({"2", "3"})
_WAITS: Final = frozenset({"on", "local", "remote_write", "remote_apply"})


def check_answers(evidence: Evidence) -> Finding:
    try:
        engine = evidence.of(Stored).engine
    except NotKnown as unknown:
        return failed(unknown.sentence, unknown.cure)
    return passed(f"{engine.name} answers.")


def check_schema(evidence: Evidence) -> Finding:
    schema = evidence.of(Stored).engine.schema
    if schema is Schema.CURRENT:
        return passed("The schema is that of this release.")
    if schema is Schema.AHEAD:
        return warned(
            "A newer release has added to the schema. This one goes on meanwhile.",
            "Finish the upgrade: bring this node to the newer release, too.",
        )
    if schema is Schema.BEHIND:
        return failed(
            "The schema is not at the newest migration of this release.",
            f"Run: {evidence.settings.command('db upgrade')}",
        )
    return failed(
        "A newer release has changed the schema so that this one cannot work with it.", "Upgrade this node."
    )


def check_durability(evidence: Evidence) -> Finding:
    """That what was acknowledged outlives a power cut."""
    engine = evidence.of(Stored).engine
    modes = engine.modes
    if engine.is_postgresql:
        off = [name for name in ("fsync", "full_page_writes") if modes[name] != "on"]
        if modes["synchronous_commit"] not in _WAITS:
            off.append("synchronous_commit")
        cure = "Turn them on in postgresql.conf. Without them a power cut can lose or break what was acknowledged."
    else:
        off = [] if modes["journal_mode"] == "wal" else ["journal_mode=WAL"]
        off += [] if modes["synchronous"] in _KEPT else ["synchronous=FULL"]
        off += [] if modes["foreign_keys"] == "1" else ["foreign_keys=ON"]
        cure = "Keep the file on a local disk that nobody else opens: SQLite refuses these elsewhere."
    if off:
        return worse_in_production(
            evidence.settings.in_production, f"{engine.name} runs without {' and '.join(off)}.", cure
        )
    return passed("What was acknowledged is on the disk.")


def check_rights(evidence: Evidence) -> Finding:
    engine = evidence.of(Stored).engine
    if not engine.is_postgresql:
        raise NotAsked
    if engine.rights:
        return worse_in_production(
            evidence.settings.in_production,
            f"The role in DATABASE_URL {' and '.join(engine.rights)}: a fault in this program would be one of "
            "the whole server.",
            "Make a role that owns this database and nothing else: CREATE ROLE latchkey LOGIN PASSWORD '…';",
        )
    return passed("The role in DATABASE_URL has no rights beyond its database.")


def check_encryption(evidence: Evidence) -> Finding:
    engine = evidence.of(Stored).engine
    if not engine.is_postgresql or not is_remote(evidence.settings):
        raise NotAsked
    if engine.tls is None:
        return worse_in_production(
            evidence.settings.in_production,
            "The connection to the database on another machine is not encrypted.",
            "Add ?sslmode=verify-full&sslrootcert=/path/to/authority.pem to DATABASE_URL.",
        )
    mode = str(make_url(evidence.settings.database_url).query.get("sslmode", "prefer"))
    if mode != "verify-full":
        return warned(
            f"The connection to the database is encrypted ({engine.tls}), but nobody checks to whom (sslmode={mode}).",
            "Add ?sslmode=verify-full&sslrootcert=/path/to/authority.pem to DATABASE_URL.",
        )
    return passed(f"The connection to the database is encrypted ({engine.tls}), and the server is verified.")


def is_remote(settings: Settings) -> bool:
    """Whether the database is reached over a network."""
    host = make_url(settings.database_url).host or ""
    return bool(host) and host not in LOOPBACK_NAMES and not host.startswith("/")


DATABASE: Final = Group(
    "database",
    "Database",
    (
        Check("database.answers", "Database", ("16.5.2",), check_answers),
        Check("database.schema", "Schema", ("13.2.6",), check_schema),
        Check("database.durability", "What was acknowledged", ("13.2.6", "16.4.2"), check_durability),
        Check("database.rights", "Rights of our role", ("13.2.2",), check_rights),
        Check("database.encryption", "Way to the database", ("12.3.1", "12.3.2"), check_encryption),
    ),
)
