"""Checks of the clock: tokens, codes and the trail rest on it."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from webapp.ops.health import CLOCK_TOLERANCE
from webapp.ops.self_audit.findings import Check, Finding, Group, NotAsked, NotKnown, failed, passed, warned
from webapp.ops.self_audit.live import answer_to
from webapp.ops.self_audit.questions import HEALTH
from webapp.ops.self_audit.stored import Stored

if TYPE_CHECKING:
    from webapp.ops.self_audit.evidence import Evidence

# The leeway for codes of authenticator apps: beyond it, everybody's code is wrong.
_FAR: Final = timedelta(seconds=30)
# A Date has whole seconds, and was on its way.
_ROUNDING: Final = timedelta(seconds=2)
_CURE: Final = "Keep the clocks of all machines right by NTP, such as with chrony or systemd-timesyncd."


def check_database_clock(evidence: Evidence) -> Finding:
    offset = evidence.of(Stored).engine.offset
    if offset is None:
        raise NotAsked
    return _judge(offset, "the database's", CLOCK_TOLERANCE)


def check_own_date(evidence: Evidence) -> Finding:
    """The public address may be served by other nodes, whose clocks are seen by it."""
    answer = answer_to(evidence, HEALTH)
    try:
        theirs = parsedate_to_datetime(answer.first("Date"))
    except ValueError:
        raise NotKnown("The public address names no Date that can be read.", _CURE) from None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=answer.arrived_at.tzinfo)
    return _judge(answer.arrived_at - theirs, "that of the public address", CLOCK_TOLERANCE + _ROUNDING)


def _judge(offset: timedelta, whose: str, tolerance: timedelta) -> Finding:
    seconds = abs(offset).total_seconds()
    if abs(offset) <= tolerance:
        return passed(f"This machine's clock agrees with {whose}.")
    way = "ahead of" if offset > timedelta(0) else "behind"
    sentence = f"This machine's clock is {way} {whose} by {seconds:,.0f} seconds."
    return (failed if abs(offset) > _FAR else warned)(sentence, _CURE)


CLOCKS: Final = Group(
    "clock",
    "Clock",
    (
        Check("clock.database", "Against the database", ("16.2.2", "6.5.8"), check_database_clock),
        Check("clock.public", "Against the public address", ("16.2.2", "6.5.8"), check_own_date),
    ),
)
