"""Events are sealed, a batch at a time, into the segments of a hash chain, and counted into the summaries of hours.

A segment is a set of events, those that name it, and no range of ids: what commits late is in a later one. Everything
that belongs to a segment is written in one unit, by maintenance: whoever records an event waits for nothing of it.
"""

from __future__ import annotations

from typing import Final

from webapp.core import clock
from webapp.infra import audit_store as store
from webapp.infra.audit_anchor import anchor_after_commit, catch_up, read_anchor, require_anchored
from webapp.infra.audit_hours import fold_into_hours
from webapp.infra.audit_seals import SealingKeys, seal
from webapp.infra.database import begin_writing
from webapp.infra.models import AuditSegment

SEGMENT_SIZE: Final = 500


class SealingInterrupted(RuntimeError):
    """Events that were there are not there any more, or were sealed by another: the unit is undone."""


def seal_events(most: int = SEGMENT_SIZE) -> int:
    """Seal so many events as one segment, in the present unit; how many, which is 0 where another was quicker, too.

    Raises TrailReplaced where the chain is not the one that this node anchored: it signs nothing then.
    """
    anchor = read_anchor()
    # Before the events: if another seals meanwhile, this number is taken, and nothing of this is stored.
    newest = store.find_newest()
    require_anchored(anchor, newest)
    if not store.has_unsealed():
        catch_up(anchor, newest)
        return 0
    events = store.list_unsealed(most)
    if not events:
        # Another has sealed them since they were asked for.
        return 0
    sealed_at = clock.now()
    last_event_at = max(event.occurred_at or sealed_at for event in events)
    digests = [(event.id, event.digest) for event in events]
    segment = seal(newest, digests, last_event_at, sealed_at, SealingKeys())
    # All is computed before anything is locked.
    begin_writing()
    if not store.add_segment(segment, last_event_at, sealed_at):
        return 0
    if store.mark_sealed([event.id for event in events], segment.id) != len(events):
        raise SealingInterrupted
    fold_into_hours((event.occurred_at or sealed_at, event.name, event.result) for event in events)
    anchor_after_commit(segment)
    return len(events)


def resign_segments(after: int, most: int) -> tuple[int, int] | None:
    """Sign so many segments after that number anew that a former key has signed, so that the fallback can go.

    The last number that was looked at and how many were signed; None when there are no more. What is not rightly
    signed is left as it is.
    """
    keys = SealingKeys()
    if not keys.has_former:
        return None
    found = store.list_segments(after, most, AuditSegment.key_id != keys.present_id)
    if not found:
        return None
    begin_writing()
    signed = 0
    for segment in found:
        if segment.has_own_head() and keys.is_signed(segment):
            signed += store.sign_anew(segment, keys.present_id, keys.sign(segment))
    return found[-1].id, signed
