"""What a verification of the audit trail finds, in words that say where and what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.infra import audit_store as store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.infra.audit_seals import Segment

# Ranges wider than this are not searched for what is missing from them.
_WIDEST: Final = 20_000
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed; a number is None where it cannot be said."""

    sentence: str
    segment: int | None = None
    event: int | None = None

    def __str__(self) -> str:
        places = [f"segment {self.segment}"] * (self.segment is not None)
        places += [f"event {self.event}"] * (self.event is not None)
        return f"{', '.join(places).capitalize()}: {self.sentence}" if places else self.sentence


def changed(segment: int | None, event: int) -> Finding:
    """An event that does not have its digest."""
    return Finding("It was changed after it was written.", segment, event)


def explain(segment: Segment, count: int, strangers: Sequence[int]) -> Iterator[Finding]:
    """Why the events that name a segment, `count` of them, are not those it was made of, as far as it can be seen.

    `strangers` are those with ids beyond its own.
    """
    for event_id in strangers[:_NAMED]:
        yield Finding("It was not in this segment when it was sealed.", segment.id, event_id)
    kept = count - len(strangers)
    lacking = segment.event_count - kept
    missing = list(_find_missing(segment, lacking))
    yield from missing
    if missing or strangers:
        return
    if lacking > 0:
        where = f"with ids from {segment.first_event_id} to {segment.last_event_id}"
        yield Finding(f"{lacking:,} of its {segment.event_count:,} events, {where}, are missing.", segment.id)
    elif lacking < 0:
        yield Finding(f"{-lacking:,} events were added to it.", segment.id)
    else:
        what = "Events in it were changed together with their digests, exchanged or given other ids."
        yield Finding(what, segment.id)


def _find_missing(segment: Segment, lacking: int) -> Iterator[Finding]:
    """Which events are not there any more: those ids of its range that it does not have, if they are as many."""
    first, last = segment.first_event_id, segment.last_event_id
    if lacking <= 0 or last - first >= _WIDEST:
        return
    places = store.map_to_segments(first, last)
    absent = [number for number in range(first, last + 1) if places.get(number, -1) != segment.id]
    if len(absent) != lacking:
        # Numbers that a rolled-back transaction left free, or late events of another segment, are among them.
        return
    for number in absent[:_NAMED]:
        if number not in places:
            what = "It was removed."
        elif places[number] is None:
            what = "It was taken out of this segment and waits to be sealed again."
        else:
            what = f"It was moved to segment {places[number]}."
        yield Finding(what, segment.id, number)
    if len(absent) > _NAMED:
        yield Finding(f"{len(absent) - _NAMED:,} more events were removed or moved.", segment.id)
