"""What is known of the use of connections: each call is noted once it is over, and added to the sums of its hour.

Never bodies, queries or headers. Figures come from the hourly sums, not from counting calls.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError

from webapp.connections import use_store as store
from webapp.core import clock
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.infra.database import DatabaseAway, unit_of_work
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import CALLS
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.connections.models import Connection, ConnectionCall

PERSON_LANE: Final = "connection-person"
OVERALL_LANE: Final = "connection"
CHARTED_DAYS: Final = 14
MOST_SHOWN: Final = 20
"""So many of their last calls a person sees."""
_PATIENCE_MILLISECONDS: Final = 2_000
_LONGEST: Final = {"method": 7, "path": 300, "error": 40, "request_id": 64}
_DAY: Final = timedelta(days=1)
_log = logging.getLogger("latchkey.connections")


@dataclass(frozen=True, slots=True)
class CallNote:
    """One call that is over. `at` is when it began; sizes in bytes, as they passed.

    `status` is the service's, None where it never answered; `error` the code of what this application had to say, None
    where it had nothing. `first_byte_ms` is the wait for the head of the answer. `masked` counts how often the answer
    held the key.
    """

    connection_id: str
    account_id: str
    session_id: str
    at: datetime
    method: str
    path: str
    status: int | None
    error: str | None
    sent_bytes: int
    answered_bytes: int
    first_byte_ms: int | None
    milliseconds: int
    request_id: str
    masked: int

    @property
    def is_error(self) -> bool:
        """Whether it did not do what the caller wanted, whoever is to blame."""
        return self.error is not None or self.status is None or self.status >= 400


@dataclass(frozen=True, slots=True)
class Quota:
    """A person's calls of one connection in the present window, which is over at `resets_at`."""

    limit: Limit
    used: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC) in figures; `answered` calls are those without an error. The last day is not over."""

    date: date
    answered: int
    errors: int
    sent_bytes: int
    answered_bytes: int

    @property
    def calls(self) -> int:
        """All of them."""
        return self.answered + self.errors


@dataclass(frozen=True, slots=True)
class Share:
    """Calls whose answer began within so many milliseconds; None: whose answer took longer than the last of these."""

    within_ms: int | None
    calls: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """The use of one connection in the last days, as of `moment`. `average_ms` is a call's, None without calls."""

    moment: datetime
    days: tuple[Day, ...]
    calls: int
    errors: int
    sent_bytes: int
    answered_bytes: int
    average_ms: int | None
    shares: tuple[Share, ...]


def note_call(note: CallNote) -> None:
    """Keep it, in a unit of its own. Best effort: a failure is logged, since the call itself is over."""
    kept = asdict(note) | {name: _fit(getattr(note, name), most) for name, most in _LONGEST.items()}
    waited = note.milliseconds if note.first_byte_ms is None else note.first_byte_ms
    count(CALLS, "none" if note.status is None else f"{note.status // 100}xx")
    try:
        with unit_of_work(patience=_PATIENCE_MILLISECONDS):
            store.add_call(kept)
            store.add_to_hour(note.connection_id, note.account_id, _hour_of(note.at), _sums_of(note, waited))
    except IntegrityError:
        # Connection or account were deleted while it was under way, and with them all that was kept of their use.
        _log.info("a call was not noted: its connection or its account is gone")
    except DatabaseAway:
        _log.warning("a call was not noted: the database is locked or away")


def quota_of(connection: Connection, account_id: str) -> Quota:
    """How much of their calls this person has used, without counting one."""
    throttle, limit = part(Throttle), Limit.parse(connection.per_person)
    moment = clock.now().timestamp()
    used = throttle.used(PERSON_LANE, person_key(connection.id, account_id), limit)
    ends_at = limit.end_of(limit.window_at(moment))
    return Quota(limit, min(max(0, used), limit.count), datetime.fromtimestamp(ends_at, UTC))


def person_key(connection_id: str, account_id: str) -> str:
    """Under which a person's calls of one connection are counted, in PERSON_LANE."""
    return f"{connection_id}:{account_id}"


def last_calls(account_id: str, connection_id: str, most: int = MOST_SHOWN) -> Sequence[ConnectionCall]:
    """A person's own latest calls of one connection, the latest first."""
    return store.list_calls_of(account_id, connection_id, most)


def count_today() -> Mapping[str, int]:
    """Calls since midnight (UTC) by connection; those without any are left out."""
    return store.count_by_connection(_midnight(clock.now()))


def charted_since(moment: datetime) -> datetime:
    """The first moment of the charts' days."""
    return _midnight(moment) - (CHARTED_DAYS - 1) * _DAY


def find_use(connection_id: str) -> Use:
    """The last days of one connection."""
    moment = clock.now()
    since = charted_since(moment)
    by_day: dict[date, Counter[str]] = {(since + n * _DAY).date(): Counter() for n in range(CHARTED_DAYS)}
    whole: Counter[str] = Counter()
    for hour, sums in store.sums_by_hour(connection_id, since):
        whole.update(sums)
        # A clock that was set back may have left hours of tomorrow.
        if hour.date() in by_day:
            by_day[hour.date()].update(sums)
    calls = whole["calls"]
    return Use(
        moment=moment,
        days=tuple(_day(each, sums) for each, sums in by_day.items()),
        calls=calls,
        errors=whole["errors"],
        sent_bytes=whole["sent_bytes"],
        answered_bytes=whole["answered_bytes"],
        average_ms=round(whole["milliseconds"] / calls) if calls else None,
        shares=_shares(whole),
    )


def _shares(sums: Mapping[str, int]) -> tuple[Share, ...]:
    calls = sums["calls"]
    within = [(bound, sums[f"under_{bound}"]) for bound in store.BOUNDS]
    longer = calls - within[-1][1]
    return tuple(Share(bound, count, _percent(count, calls)) for bound, count in [*within, (None, longer)])


def _percent(count: int, calls: int) -> int | None:
    """Whole percent, so rounded that only all are 100 and only none are 0."""
    if not calls:
        return None
    return round(100 * count / calls) if count in {0, calls} else min(99, max(1, round(100 * count / calls)))


def _day(day: date, sums: Mapping[str, int]) -> Day:
    errors = sums["errors"]
    return Day(day, sums["calls"] - errors, errors, sums["sent_bytes"], sums["answered_bytes"])


def _sums_of(note: CallNote, waited: int) -> dict[str, int]:
    """What the call adds to its hour; one whose answer began within 100 ms also began within 300."""
    counted = {f"under_{bound}": int(waited < bound) for bound in store.BOUNDS}
    return counted | {
        "calls": 1,
        "errors": int(note.is_error),
        "sent_bytes": note.sent_bytes,
        "answered_bytes": note.answered_bytes,
        "milliseconds": note.milliseconds,
    }


def _fit(text: str | None, most: int) -> str | None:
    """As its column takes it: PostgreSQL keeps no NUL, and nothing keeps half a character."""
    if text is None:
        return None
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")[:most]


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
