"""Whether this node can do its work, and what it works without. Why which is which: decisions/0020-readiness.md."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.admin.dashboard_store import find_waiting
from webapp.admin.health_strip import SLOW_MAIL
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.database import db
from webapp.infra.schema import Schema, find_schema
from webapp.infra.throttle import Throttle
from webapp.keys.ring import KeyRing

if TYPE_CHECKING:
    from datetime import datetime

# Half of the leeway for our own tokens: two nodes that are off by so much, one each way, still believe each other.
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
_PLENTY_BYTES: Final = 2**30
_PART_OF_DISK: Final = 20
# Every name under which it may say something.
PARTS: Final = ("database", "schema", "keys", "limits", "disk", "clock", "mail")
_SCHEMAS: Final = {
    Schema.BEHIND: "The database schema is not at the newest migration. Run: {upgrade}",
    Schema.BEYOND: (
        "A newer release has changed the database so that this one cannot work with it. Upgrade this node."
    ),
}


@dataclass(frozen=True, slots=True)
class Readiness:
    """Part -> one sentence without addresses or secrets. `faults` keep this node from working, `lacks` do not."""

    faults: dict[str, str] = field(default_factory=dict)
    lacks: dict[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether requests should come here."""
        return not self.faults


def find_readiness() -> Readiness:
    """What is to be said of this node now, in a unit that only reads."""
    found = Readiness()
    try:
        _ask_database(found)
    except SQLAlchemyError:
        db.session.rollback()
        found.faults["database"] = "The database cannot be reached."
    if not part(Throttle).healthy():
        found.lacks["limits"] = (
            "The limiter store cannot be reached; this node counts its share of the limits by itself."
        )
    if _is_disk_nearly_full():
        found.lacks["disk"] = "The disk of the instance folder is nearly full. Make room before writes fail."
    return found


def find_clock_offset() -> timedelta | None:
    """How far this node's clock is ahead of the database's; None where both are the same clock."""
    if db.session.get_bind().dialect.name != "postgresql":
        db.session.scalar(select(1))
        return None
    before = clock.now()
    theirs: datetime = db.session.scalars(select(func.clock_timestamp())).one()
    # The answer was on its way for a while: what it took is no difference.
    if before <= theirs <= clock.now():
        return timedelta(0)
    return before - theirs


def is_nearly_full(free: int, size: int) -> bool:
    """Whether of a disk of so many bytes less than a gigabyte, and less than a twentieth, is free."""
    return free < min(_PLENTY_BYTES, size // _PART_OF_DISK)


def _is_disk_nearly_full() -> bool:
    try:
        disk = shutil.disk_usage(current_settings().instance_path)
    except OSError:
        # Without the folder there is no SQLite either, which is told by its own fault.
        return False
    return is_nearly_full(disk.free, disk.total)


def _ask_database(found: Readiness) -> None:
    offset, schema = find_clock_offset(), find_schema(db.session.connection())
    if schema in _SCHEMAS:
        found.faults["schema"] = _SCHEMAS[schema].format(upgrade=current_settings().command("db upgrade"))
        return
    if fault := part(KeyRing).find_fault():
        found.faults["keys"] = fault
    if offset is not None and abs(offset) > CLOCK_TOLERANCE:
        way = "ahead of" if offset > timedelta(0) else "behind"
        found.lacks["clock"] = (
            f"This node's clock is {way} the database's by {abs(offset).total_seconds():,.0f} seconds. "
            "Keep both right by NTP."
        )
    oldest_at = find_waiting().oldest_at if current_settings().sends_mail else None
    if oldest_at is not None and clock.now() - oldest_at > SLOW_MAIL:
        found.lacks["mail"] = "Letters have been waiting for a quarter of an hour or longer: see the log."
