"""The audit trail of made-up people: sealed as maintenance would have done it, and counted into the hours."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from webapp.core.opaque import new_id
from webapp.infra import audit_store
from webapp.infra.audit import FORM, bits_of_address, digest_of_form
from webapp.infra.audit_chain import SEGMENT_SIZE
from webapp.infra.audit_hours import hour_of
from webapp.infra.audit_seals import SealingKeys, seal

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.infra.audit_seals import Segment
    from webapp.ops.seed_people import SeedEvent
    from webapp.ops.seed_rows import RowBatches

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


class SeedTrail:
    """Takes events in the order of time, for as many as were announced; must be made in a unit of work that writes."""

    def __init__(self, number: int) -> None:
        self._next_id = audit_store.reserve_ids(number)
        self._newest: Segment | None = audit_store.find_newest()
        self._keys = SealingKeys()
        self._waiting: list[tuple[int, bytes]] = []
        # What there is of each name and result in each hour.
        self.hours: Counter[tuple[datetime, str, str]] = Counter()
        self._last_at: datetime | None = None

    def add(self, batches: RowBatches, event: SeedEvent) -> None:
        """Store one event, and the segment that it completes."""
        moment, request_id = text_of_moment(event.occurred_at), new_id()
        segment_id = 1 if self._newest is None else self._newest.id + 1
        session = "null" if event.session_id is None else f'"{event.session_id}"'
        # The canonical form by hand, for speed: a test compares the digests with those of the trail itself.
        form = (
            f'[{FORM},"{moment.replace(" ", "T")}+00:00","{event.name}","{event.result}","{event.account_id}",null,'
            f'{session},"request","{event.address}",{_quoted(event.user_agent)},"{request_id}",{_quoted(event.detail)}]'
        )
        digest = digest_of_form(form)
        batches.add(
            "audit_events",
            (
                self._next_id,
                moment,
                event.name,
                event.result,
                event.account_id,
                None,
                event.session_id,
                "request",
                event.address,
                bits_of(event.address),
                event.user_agent,
                request_id,
                event.detail,
                FORM,
                digest,
                segment_id,
            ),
        )
        self._waiting.append((self._next_id, digest))
        self._next_id += 1
        self._last_at = event.occurred_at
        self.hours[hour_of(event.occurred_at), event.name, event.result] += 1
        if len(self._waiting) == SEGMENT_SIZE:
            self.close(batches)

    def close(self, batches: RowBatches) -> None:
        """Seal what waits."""
        if not self._waiting or self._last_at is None:
            return
        segment = seal(self._newest, self._waiting, self._last_at, self._last_at, self._keys)
        moment = text_of_moment(self._last_at)
        batches.add(
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


bits_of = lru_cache(maxsize=4096)(bits_of_address)
_quoted = lru_cache(maxsize=1024)(json.dumps)


def text_of_moment(moment: datetime) -> str:
    """A moment in UTC as both databases read it; without a zone, since connections are set to UTC."""
    return moment.isoformat(" ", "microseconds")[:26]
