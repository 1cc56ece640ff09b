"""The judge of a fault: what failed, who was signed out, what was lost, what came back, and how long it took.

An act is failed when its person had no good answer after asking as a client may (people.py says what is repeated), for
at most half a minute. A first try is failed when it was not answered well at once, whatever came after: that is how
faults are judged of which nobody should notice anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.load.journal import Act, Journal
    from tests.faults.load.records import Records

READS = 0.9999
CHANGES = 0.999


@dataclass(frozen=True, slots=True)
class Bar:
    """What must hold besides the ratios. `unnoticed`: which first tries count, where nobody should notice.

    `recovery`: seconds after the end of the fault in which requests may still fail.
    """

    reads_unnoticed: bool = True
    changes_unnoticed: bool = True
    recovery: float = 5.0


# Somebody else can answer, or the answer only takes longer.
UNNOTICED = Bar()
# What was on its way to a process that was killed has no other answer than a cut connection.
CUT = Bar(changes_unnoticed=False)
# Nobody can answer without the one database: asked again, everything is well.
OUTAGE = Bar(reads_unnoticed=False, changes_unnoticed=False)
# Reading goes on.
NO_WRITES = Bar(changes_unnoticed=False)


@dataclass(frozen=True, slots=True)
class Count:
    """Of so many acts, how many came good, and how many at their first try."""

    acts: int
    good: int
    at_once: int

    def meets(self, ratio: float, *, at_once: bool) -> bool:
        return (self.at_once if at_once else self.good) >= ratio * self.acts

    def __str__(self) -> str:
        return f"{self.good} of {self.acts} ({self.at_once} at once)"


@dataclass(frozen=True, slots=True)
class Span:
    """When the fault was, by the monotonic clock."""

    begun: float
    healed: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of one fault."""

    fault: str
    place: str
    seconds: float
    reads: Count
    changes: Count
    signed_out: int
    lost: int
    revived: int
    recovery: float
    silence: float
    slowest_read: float
    slowest_change: float
    worst: dict[str, int] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()

    @property
    def figure(self) -> str:
        """One line."""
        told = ", ".join(f"{number} x {what}" for what, number in self.worst.items())
        return (
            f"{self.fault} ({self.place}): reads {self.reads}; changes {self.changes}; signed out {self.signed_out}; "
            f"lost {self.lost}; revived {self.revived}; recovered in {self.recovery:.1f} s; longest silence "
            f"{self.silence:.1f} s; slowest read {self.slowest_read:.1f} s, change {self.slowest_change:.1f} s; "
            f"fault {self.seconds:.1f} s" + (f"; not good at first: {told}" if told else "")
        )


def judge(
    fault: str, place: str, journal: Journal, span: Span, records: Records, bar: Bar = UNNOTICED
) -> Verdict:
    """The verdict; it is met where there are no complaints."""
    acts = [each for each in journal.acts if each.tries]
    reads, changes = _count(a for a in acts if a.is_read), _count(a for a in acts if not a.is_read)
    lost = [*journal.stale, *list_lost(journal, records)]
    revived = [*journal.revived, *list_revived(journal, records)]
    recovery = seconds_to_recover(acts, span)
    complaints = []
    if not reads.meets(READS, at_once=bar.reads_unnoticed):
        complaints.append(f"reads: {reads}: {_failures(acts, is_read=True)}")
    if not changes.meets(CHANGES, at_once=bar.changes_unnoticed):
        complaints.append(f"changes: {changes}: {_failures(acts, is_read=False)}")
    if not reads.acts or not changes.acts:
        complaints.append("there was no load")
    complaints += [f"signed out: {each}" for each in journal.thrown_out]
    complaints += [f"lost: {each}" for each in lost] + [f"revived: {each}" for each in revived]
    if recovery > bar.recovery:
        complaints.append(f"it took {recovery:.1f} s to recover, and may take {bar.recovery:.1f}")
    return Verdict(
        fault,
        place,
        span.healed - span.begun,
        reads,
        changes,
        len(journal.thrown_out),
        len(lost),
        len(revived),
        recovery,
        longest_silence(acts),
        _slowest(acts, is_read=True),
        _slowest(acts, is_read=False),
        _told(acts),
        tuple(complaints),
    )


def list_lost(journal: Journal, records: Records) -> list[str]:
    """Acknowledged names without their event, names in force that nobody has left, and sign-ins without a session."""
    lost = [f"the name {each}" for each in sorted(journal.acknowledged_names() - records.names)]
    for username in journal.names:
        allowed = journal.may_be_called(username)
        if any(each.acknowledged for each in journal.names[username]) and not allowed & records.shown:
            lost.append(f"the last name of {username}")
    return lost + [f"the sign-in {each}" for each in journal.sessions if each not in records.sessions]


def list_revived(journal: Journal, records: Records) -> list[str]:
    """Sessions whose sign-out was acknowledged, and which are open."""
    return [
        f"the session {each.session_id}"
        for each in journal.ended
        if records.sessions.get(each.session_id, "gone") is None
    ]


def seconds_to_recover(acts: Iterable[Act], span: Span) -> float:
    """From the end of the fault to the end of the last request after it that was not answered well."""
    bad = [t.ended for act in acts for t in act.tries if t.outcome != "good" and t.ended > span.healed]
    return max(bad, default=span.healed) - span.healed


def longest_silence(acts: Iterable[Act]) -> float:
    """The longest time in which nobody had a good answer."""
    tries = [each for act in acts for each in act.tries]
    if not tries:
        return 0.0
    moments = [min(each.begun for each in tries), *sorted(t.ended for t in tries if t.outcome == "good")]
    moments.append(max(each.ended for each in tries))
    return max(later - earlier for earlier, later in pairwise(moments))


def _count(acts: Iterable[Act]) -> Count:
    every = list(acts)
    return Count(len(every), sum(a.came_good for a in every), sum(a.went_well_at_once for a in every))


def _slowest(acts: Iterable[Act], *, is_read: bool) -> float:
    tries = (each for act in acts if act.is_read is is_read for each in act.tries)
    return max((each.ended - each.begun for each in tries), default=0.0)


def _failures(acts: Iterable[Act], *, is_read: bool) -> list[str]:
    wanting = [act for act in acts if act.is_read is is_read and not act.went_well_at_once]
    return [f"{act.what}: {' > '.join(each.told for each in act.tries[:5])}" for act in wanting][:10]


def _told(acts: Iterable[Act]) -> dict[str, int]:
    found: dict[str, int] = {}
    for act in acts:
        if not act.went_well_at_once:
            what = f"{act.what} {act.tries[0].told}"
            found[what] = found.get(what, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1])[:6])
