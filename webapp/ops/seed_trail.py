"""The audit trail of made-up people: sealed as maintenance would have done it, and counted into the hours."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from webapp.core.opaque import new_id
from webapp.infra import audit_store
from webapp.infra.audit import FORM, bits_of_address, digest_of_event
from webapp.infra.audit_hours import add_to_hours, hour_of
from webapp.infra.audit_seals import SealingKeys, seal

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.infra.audit_seals import Segment
    from webapp.infra.database.loading import BulkTables
    from webapp.infra.models import AuditEvent
    from webapp.ops.seed_people import SeedEvent

_SEGMENT_SIZE: Final = 5_000
TRAIL_COLUMNS: Final = {
    "audit_events": (
        "id", "occurred_at", "name", "result", "account_id", "actor_id", "session_id", "via", "address",
        "address_bits", "user_agent", "request_id", "detail", "form", "digest", "sealed_in",
    ),
    "audit_segments": (
        "id", "first_event_id", "last_event_id", "event_count", "last_event_at", "events_digest", "sealed_at",
        "previous_head", "head", "key_id", "signature",
    ),
}  # fmt: skip


class _Row(NamedTuple):
    """An event as the trail digests it, in the order of its columns."""

    id: int
    occurred_at: datetime
    name: str
    result: str
    account_id: str | None
    actor_id: str | None
    session_id: str | None
    via: str
    address: str
    address_bits: bytes | None
    user_agent: str
    request_id: str
    detail: str
    form: int


class SeedTrail:
    """Takes events in the order of time, for as many as were announced; must be made in a unit of work that writes."""

    def __init__(self, number: int) -> None:
        self._next_id = audit_store.reserve_ids(number)
        self._newest: Segment | None = audit_store.find_newest()
        self._keys = SealingKeys()
        self._waiting: list[tuple[int, bytes]] = []
        self._hours: Counter[tuple[datetime, str, str]] = Counter()
        self._last_at: datetime | None = None

    def add(self, tables: BulkTables, event: SeedEvent) -> None:
        """Store one event, and the segment that it completes."""
        row = _Row(
            self._next_id,
            event.occurred_at,
            event.name,
            event.result,
            event.account_id,
            None,
            event.session_id,
            "request",
            event.address,
            bits_of(event.address),
            event.user_agent,
            new_id(),
            event.detail,
            FORM,
        )
        digest = digest_of_event(cast("AuditEvent", row))
        segment_id = 1 if self._newest is None else self._newest.id + 1
        tables.add("audit_events", (row.id, text_of_moment(row.occurred_at), *row[2:], digest, segment_id))
        self._next_id += 1
        self._last_at = event.occurred_at
        self._waiting.append((row.id, digest))
        self._hours[hour_of(event.occurred_at), event.name, event.result] += 1
        if len(self._waiting) == _SEGMENT_SIZE:
            self.close(tables)

    def close(self, tables: BulkTables) -> None:
        """Seal what waits."""
        if not self._waiting or self._last_at is None:
            return
        segment = seal(self._newest, self._waiting, self._last_at, self._last_at, self._keys)
        moment = text_of_moment(self._last_at)
        tables.add(
            "audit_segments",
            (
                segment.id,
                segment.first_event_id,
                segment.last_event_id,
                segment.event_count,
                moment,
                segment.events_digest,
                moment,
                segment.previous_head,
                segment.head,
                segment.key_id,
                segment.signature,
            ),
        )
        self._newest = segment
        self._waiting = []

    def fold(self) -> None:
        """Count what was added into the summaries of hours, in the present unit."""
        add_to_hours(self._hours)


bits_of = lru_cache(maxsize=4096)(bits_of_address)


def text_of_moment(moment: datetime | None) -> str | None:
    """A moment in UTC as both databases read it; without a zone, since connections are set to UTC."""
    return None if moment is None else moment.replace(tzinfo=None).isoformat(" ", "microseconds")
