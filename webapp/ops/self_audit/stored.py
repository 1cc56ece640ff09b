"""What the database tells of itself and of the house: gathered in the present unit, by quick questions alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.roles import find_requirement_note
from webapp.admin import dashboard_store
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit_anchor import is_replaced
from webapp.infra.database import db, undo
from webapp.infra.schema import find_schema
from webapp.keys.facts import list_facts
from webapp.ops.health import find_clock_offset
from webapp.ops.self_audit.findings import NotKnown

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from webapp.admin.dashboard_store import Waiting
    from webapp.infra.schema import Schema
    from webapp.keys.facts import KeyFacts

# A database that hangs costs so long and no longer.
_PATIENCE_MILLISECONDS: Final = 1_500
_MOST_ADMINISTRATORS: Final = 1_000
_MOST_KEYS: Final = 8
_MOST_VERIFICATIONS: Final = 50
_PRAGMAS: Final = ("journal_mode", "synchronous", "foreign_keys")
_SHOWN: Final = ("fsync", "full_page_writes", "synchronous_commit")
_RIGHTS: Final = text(
    "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
)
_ENCRYPTION: Final = text("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class Engine:
    """The database: its kind and version, what it is set to, and what our role there may do beyond its work.

    `tls` is the version that guards the connection, None without. `offset`: how far our clock is ahead of its.
    """

    name: str
    is_postgresql: bool
    modes: dict[str, str]
    rights: tuple[str, ...]
    tls: str | None
    offset: timedelta | None
    schema: Schema


@dataclass(frozen=True, slots=True)
class Verified:
    """When the whole audit trail was gone through last, and whether nothing was amiss.

    What was amiss counts until it is gone through again, against as many heads, and nothing is.
    """

    moment: datetime
    is_sound: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """The database, and the facts of the house that stand in it."""

    engine: Engine
    keys: tuple[KeyFacts, ...]
    waiting: Waiting
    first_unsealed_at: datetime | None
    is_replaced: bool
    administrators: int
    with_second_factor: int
    backed_up_at: datetime | None
    verified: Verified | None
    requirement_note: str | None


def look_at_stored() -> Stored | NotKnown:
    """In a unit that reads. A database that does not answer is told of, and not raised."""
    begun = clock.monotonic()
    try:
        if _is_postgresql():
            db.session.execute(text(f"SET LOCAL statement_timeout = {_PATIENCE_MILLISECONDS}"))
        return _gather()
    except SQLAlchemyError:
        undo()
        taken = f"{clock.monotonic() - begun:.1f} seconds"
        return NotKnown(
            f"The database did not answer what was asked of it, after {taken}.",
            "Look at its log and at DATABASE_URL; where it is new, run: "
            + current_settings().command("db upgrade"),
        )


def _gather() -> Stored:
    engine = _look_at_engine()
    total, with_factor = dashboard_store.count_administrators(_MOST_ADMINISTRATORS)
    backups = dashboard_store.list_latest([EventName.BACKUP_MADE], 1, as_one=())
    return Stored(
        engine=engine,
        keys=tuple(list_facts(_MOST_KEYS)),
        waiting=dashboard_store.find_waiting(),
        first_unsealed_at=dashboard_store.find_first_unsealed(),
        is_replaced=is_replaced(),
        administrators=total,
        with_second_factor=with_factor,
        backed_up_at=backups[0].occurred_at if backups else None,
        verified=_find_verification(),
        requirement_note=find_requirement_note(),
    )


def _find_verification() -> Verified | None:
    found = dashboard_store.list_latest([EventName.AUDIT_VERIFIED], _MOST_VERIFICATIONS, as_one=())
    most_heads = -1
    for each in found:
        heads = int(json.loads(each.detail).get("heads", 0))
        if each.result == "success":
            most_heads = max(most_heads, heads)
        elif heads > most_heads:
            return Verified(each.occurred_at, is_sound=False)
    return Verified(found[0].occurred_at, is_sound=True) if found else None


def _look_at_engine() -> Engine:
    name, offset = dashboard_store.name_of_database(), find_clock_offset()
    schema = find_schema(db.session.connection())
    if not _is_postgresql():
        pragmas = {each: str(db.session.scalar(text(f"PRAGMA {each}"))).lower() for each in _PRAGMAS}
        return Engine(name, False, pragmas, (), None, offset, schema)
    modes = {each: str(db.session.scalar(text(f"SHOW {each}"))) for each in _SHOWN}
    held = db.session.execute(_RIGHTS).mappings().one()
    rights = tuple(words for right, words in _WORDS.items() if held[right])
    encryption = db.session.execute(_ENCRYPTION).first()
    tls = str(encryption.version or "TLS") if encryption is not None and encryption.ssl else None
    return Engine(name, True, modes, rights, tls, offset, schema)


def _is_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


_WORDS: Final = {
    "rolsuper": "is a superuser",
    "rolbypassrls": "passes by the security of rows",
    "rolcreaterole": "may make roles",
    "rolcreatedb": "may make databases",
}
