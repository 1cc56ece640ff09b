"""Retention: events past AUDIT_RETENTION_DAYS are deleted, whole segments at a time; the chain of segments stays.

Only what verifies is cut: deleting the events of a segment that somebody altered would delete what shows it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra import audit_store as store
from webapp.infra.audit import record_event
from webapp.infra.audit_seals import SealingKeys, moment_text
from webapp.infra.audit_verification import is_sound
from webapp.infra.database import begin_writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.infra.audit_seals import Segment

_SEGMENTS: Final = 50
_log = logging.getLogger("latchkey.audit")


def cut_events(most: int) -> int:
    """Delete about so many events that are kept no longer, with one event that tells of it; how many there were."""
    moment, days, keys = clock.now(), current_settings().audit_retention_days, SealingKeys()
    # Read before anything is locked: what is sealed does not change any more.
    due = _take_sound(moment - timedelta(days=days), most, keys)
    if not due:
        return 0
    begin_writing()
    cut = []
    for segment in due:
        signature = keys.sign(replace(segment, cut_at=moment_text(moment)))
        if store.sign_anew(segment, keys.present_id, signature, cut_at=moment):
            cut.append(segment.id)
    deleted = store.delete_events(cut)
    if deleted:
        detail = {"count": deleted, "segments": f"{cut[0]}-{cut[-1]}", "days": days}
        record_event(EventName.AUDIT_CUT, detail=detail)
    return deleted


def _take_sound(before: datetime, most: int, keys: SealingKeys) -> list[Segment]:
    """Segments to be cut, of at most so many events, or of more where the first one has more."""
    taken: list[Segment] = []
    count = 0
    for segment in _list_old(before):
        if len(taken) == _SEGMENTS or (taken and count + segment.event_count > most):
            break
        if is_sound(segment, keys):
            taken.append(segment)
            count += segment.event_count
        else:
            _log.error("Segment %d of the audit trail does not verify: its events are kept.", segment.id)
    return taken


def _list_old(before: datetime) -> Iterator[Segment]:
    """Segments whose events are all older than that, from the first on that has events."""
    first = store.find_first_sealed(0)
    after = None if first is None else first - 1
    while after is not None:
        page = store.list_cuttable(after, _SEGMENTS, before)
        yield from page
        after = page[-1].id if page else None
