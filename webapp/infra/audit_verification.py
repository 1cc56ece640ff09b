"""Verification of the audit trail: every event against its digest, every segment against its seal and the one before.

It goes through the trail a part at a time, each in a unit of its own and of one moment, in constant memory: millions of
events are usual. What it finds are `Finding`s, in the order of the trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from webapp.infra import audit_store as store
from webapp.infra.audit import bits_of_address, canonical_form, digest_of_form
from webapp.infra.audit_anchor import find_fault, read_anchor
from webapp.infra.audit_findings import Finding, changed, explain
from webapp.infra.audit_seals import BEGINNING, EventsDigest, SealingKeys, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Row

_EVENTS: Final = 5_000
_SEGMENTS: Final = 500
_LATE: Final = timedelta(hours=1)


@dataclass(slots=True)
class Tally:
    """What has been gone through."""

    segments: int = 0
    events: int = 0
    cut_segments: int = 0
    cut_events: int = 0
    unsealed: int = 0
    # Sealed long after their events, as an upgrade does, a server that stood still, or who had a trail sealed anew.
    late_segments: int = 0
    findings: int = 0


class Verification:
    """Goes through the trail from segment `first` on; `anchors` are heads, by segment, that were exported before."""

    def __init__(self, first: int = 1, anchors: Mapping[int, frozenset[str]] | None = None) -> None:
        self.tally = Tally()
        self.newest: Segment | None = None
        self.is_done = False
        self._anchors = dict(anchors or {})
        self._kept = read_anchor()
        # How many heads from outside the database it is held against: only these show a trail that was made anew.
        self.heads = sum(map(len, self._anchors.values())) + (self._kept is not None)
        self._keys = SealingKeys()
        self._first, self._last = first, 0
        self._seen: int | None = None if first == 1 else first - 1
        self._head = BEGINNING if first == 1 else None
        self._waiting_after: int | None = None

    @property
    def percentage(self) -> int:
        """How far it is, by segments."""
        return (
            100
            if self.is_done
            else min(99, 100 * self.tally.segments // max(1, self._last - self._first + 1))
        )

    def advance(self) -> Iterator[Finding]:
        """Go through the next part, in the present unit, which reads only."""
        for finding in self._check_waiting() if self._waiting_after is not None else self._check_sealed():
            self.tally.findings += 1
            yield finding

    def _check_sealed(self) -> Iterator[Finding]:
        store.hold_snapshot()
        kept, self._kept = self._kept, None
        fault = find_fault(kept)
        if kept is not None and fault is not None:
            yield Finding(fault, kept.number or None)
        self._last = self._last or store.count_segments()
        segments = self._take_segments()
        until = segments[-1].id if segments else None
        claims = groupby(store.iterate_sealed(self._seen, until), key=attrgetter("sealed_in"))
        claim = next(claims, None)
        for segment in segments:
            while claim is not None and claim[0] < segment.id:
                yield _unfounded(*claim)
                claim = next(claims, None)
            yield from self._check_link(segment)
            if claim is not None and claim[0] == segment.id:
                yield from self._check_events(segment, claim[1])
                claim = next(claims, None)
            else:
                yield from self._check_events(segment, ())
        if segments:
            self._seen = segments[-1].id
            return
        while claim is not None:
            yield _unfounded(*claim)
            claim = next(claims, None)
        if self.newest is None and self._first > 1:
            yield _gap(self._first, self._first)
        for number in sorted(self._anchors):
            yield Finding("It is not there, but its head was exported: the chain was cut at its end.", number)
        self._waiting_after = 0

    def _take_segments(self) -> list[Segment]:
        """The next segments, of about as many events as are gone through at once."""
        taken: list[Segment] = []
        events = 0
        for segment in store.list_segments(self._seen, _SEGMENTS):
            events += segment.event_count
            if taken and events > _EVENTS:
                break
            taken.append(segment)
        return taken

    def _check_link(self, segment: Segment) -> Iterator[Finding]:
        """The segment by itself, and whether it follows the one before."""
        if segment.id < self._first:
            yield Finding("No such segment was ever made.", segment.id)
            return
        expected = self._first if self.newest is None else self.newest.id + 1
        if segment.id > expected:
            yield _gap(expected, segment.id - 1)
        elif self._head is not None and segment.previous_head != self._head:
            yield Finding(
                "It does not follow the segment before it: its previous head is another.", segment.id
            )
        if not segment.has_own_head():
            yield Finding("Its row was changed: its head does not follow from its facts.", segment.id)
        if not self._keys.knows(segment.key_id):
            what = (
                "It is signed with a key that is neither of ENCRYPTION_KEY nor of ENCRYPTION_KEY_FALLBACKS."
            )
            yield Finding(what, segment.id)
        elif not self._keys.is_signed(segment):
            is_cut = segment.cut_at is not None
            what = (
                "Its signature is wrong: it was not retention that cut it."
                if is_cut
                else "Its signature is wrong."
            )
            yield Finding(what, segment.id)
        exported = self._anchors.pop(segment.id, None)
        if exported is not None and exported != {segment.head.hex()}:
            yield Finding("Its head is not the one that was exported: the chain was made anew.", segment.id)
        self.newest, self._head = segment, segment.head
        self.tally.segments += 1
        self.tally.late_segments += _is_late(segment)

    def _check_events(self, segment: Segment, rows: Iterable[Row[Any]]) -> Iterator[Finding]:
        """The events that name this segment, and whether they are those it was made of."""
        if segment.cut_at is not None:
            self.tally.cut_segments += 1
            self.tally.cut_events += segment.event_count
        digest, strangers = EventsDigest(), []
        for row in rows:
            self.tally.events += 1
            if segment.cut_at is not None:
                yield Finding("It names a segment whose events were cut.", segment.id, row.id)
                continue
            if not is_as_written(row):
                yield changed(segment.id, row.id)
            if not segment.first_event_id <= row.id <= segment.last_event_id:
                strangers.append(row.id)
            digest.add(row.id, row.digest if isinstance(row.digest, bytes) else b"")
        if segment.cut_at is None and digest.digest() != segment.events_digest:
            yield from explain(segment, digest.count, strangers)

    def _check_waiting(self) -> Iterator[Finding]:
        """Events that are not sealed: each against its digest alone."""
        assert self._waiting_after is not None
        rows = store.list_waiting(self._waiting_after, _EVENTS)
        for row in rows:
            self.tally.unsealed += 1
            if not is_as_written(row):
                yield changed(None, row.id)
        self._waiting_after = rows[-1].id if rows else None
        self.is_done = not rows


def is_sound(segment: Segment, keys: SealingKeys) -> bool:
    """Whether a segment has its seal, and its events are those it was made of, as they were written."""
    if not (segment.has_own_head() and keys.is_signed(segment)):
        return False
    digest = EventsDigest()
    for row in store.iterate_sealed(segment.id - 1, segment.id):
        if not is_as_written(row):
            return False
        digest.add(row.id, row.digest)
    return digest.digest() == segment.events_digest


def is_as_written(row: Row[Any]) -> bool:
    """Whether an event still has its digest, and the bits of its address, which follow from what the digest covers."""
    try:
        form = canonical_form(row, store.text_of_moment(row.occurred_at))
        return bool(digest_of_form(form) == row.digest and bits_of_address(row.address) == row.address_bits)
    except (TypeError, ValueError):
        # SQLite keeps values of any type in any column.
        return False


def _is_late(segment: Segment) -> bool:
    try:
        moments = [datetime.fromisoformat(each) for each in (segment.last_event_at, segment.sealed_at)]
        return moments[1] - moments[0] > _LATE
    except (TypeError, ValueError):
        # Not a moment any more: its head tells.
        return False


def _gap(first: int, last: int) -> Finding:
    more = f"This and all up to segment {last} are missing." if last > first else "It is missing."
    return Finding(more, first)


def _unfounded(number: int, rows: Iterable[Row[Any]]) -> Finding:
    """Events that name a segment that is not there."""
    first = next(iter(rows)).id
    count = 1 + sum(1 for _ in rows)
    others = f" and {count - 1:,} more" if count > 1 else ""
    return Finding(f"It{others} names a segment that is not there.", number, first)
