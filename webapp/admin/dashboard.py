"""What the dashboard shows: today beside the usual, the last days, and what somebody may have to look at.

Its figures come from the hourly summaries of the audit trail (infra/audit_hours), not from counting events.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from webapp.admin import dashboard_store as store
from webapp.admin.dashboard_figures import Coverage, find_coverage
from webapp.admin.sentences import sentence_of
from webapp.admin.store import names_of
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit_hours import counts_by_hour

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.infra.figures import Amount
    from webapp.infra.models import AuditEvent

Hours = dict[datetime, int]

CHARTED_DAYS: Final = 14
# With fewer days behind it, a median says more about chance than about what is usual.
LEAST_DAYS: Final = 3
_SERIES: Final[dict[str, tuple[EventName, ...]]] = {
    "sign_ins": (EventName.LOGIN_SUCCEEDED,),
    "failures": (EventName.LOGIN_FAILED, EventName.LOGIN_REFUSED),
    "new_accounts": (EventName.ACCOUNT_CREATED,),
    "reuses": (EventName.REFRESH_TOKEN_REUSED,),
    "letters_given_up": (EventName.MAIL_GIVEN_UP,),
}
# What an administrator should have seen, whoever did it.
NOTABLE: Final = (
    EventName.ACCOUNT_LOCKED,
    EventName.REFRESH_TOKEN_REUSED,
    EventName.PASSKEY_COUNTER_FELL,
    EventName.ACCOUNT_SECURED,
    EventName.SIGNING_KEY_REVOKED,
    EventName.MAIL_GIVEN_UP,
)
# Done to many accounts by one request or job, these are one thing to look at.
_AS_ONE: Final = frozenset({EventName.ACCOUNT_LOCKED, EventName.ACCOUNT_SECURED})
NOTABLE_FOR: Final = timedelta(days=7)
_NOTABLE_SHOWN: Final = 6
# An hour of failures is worth a look when it has so many, and so many times the usual hour's.
_BURST: Final = 20
_BURST_FACTOR: Final = 4
_AUDIT: Final = "/admin/audit"
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Beside:
    """A count since midnight (UTC), and what it usually is by this time; None while too few days are known."""

    today: int
    usual: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC) in figures. The last one is not over."""

    date: date
    sign_ins: int
    failures: int
    new_accounts: int


@dataclass(frozen=True, slots=True)
class Notable:
    """Something to look at: one event, or several that the audit shows at `href`."""

    sentence: str
    happened_at: datetime
    href: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One view of it, all as of `moment`."""

    moment: datetime
    sign_ins: Beside
    failures: Beside
    new_accounts: Beside
    reuses: Beside
    coverage: Coverage
    locked: Amount
    days: tuple[Day, ...]
    notable: tuple[Notable, ...]
    letters_given_up: int


def view() -> Dashboard:
    """The dashboard now."""
    moment = clock.now()
    midnight = _midnight(moment)
    names = [str(name) for each in _SERIES.values() for name in each]
    counted = counts_by_hour(names, midnight - CHARTED_DAYS * _DAY, moment + _HOUR)
    series = {name: _hours_of(counted, events) for name, events in _SERIES.items()}
    known = {each.date() for hours in series.values() for each in hours if each < midnight}
    beside = {
        name: Beside(sum_since(hours, midnight), usual_by_now(hours, moment, known))
        for name, hours in series.items()
    }
    return Dashboard(
        moment=moment,
        sign_ins=beside["sign_ins"],
        failures=beside["failures"],
        new_accounts=beside["new_accounts"],
        reuses=beside["reuses"],
        coverage=find_coverage(),
        locked=store.count_locked(),
        days=_days(series, midnight),
        notable=_notable(bursts(series["failures"], moment, known), moment),
        letters_given_up=sum_since(series["letters_given_up"], moment - _DAY),
    )


def sum_since(hours: Mapping[datetime, int], since: datetime) -> int:
    """Events of the hours that have begun since then."""
    return sum(count for hour, count in hours.items() if hour >= since)


def usual_by_now(hours: Mapping[datetime, int], moment: datetime, known: set[date]) -> int | None:
    """The median, over these days, of the count from midnight to this time of day; None while they are too few.

    Of the hour under way only the part that is over counts, as if its events were spread evenly.
    """
    if len(known) < LEAST_DAYS:
        return None
    part = (moment - moment.replace(minute=0, second=0, microsecond=0)) / _HOUR
    sums: dict[date, float] = dict.fromkeys(known, 0.0)
    for hour, count in hours.items():
        if hour.date() in sums and hour.hour <= moment.hour:
            sums[hour.date()] += count if hour.hour < moment.hour else count * part
    return int(median(sums.values()) + 0.5)


def bursts(
    failures: Mapping[datetime, int], moment: datetime, known: set[date]
) -> list[tuple[datetime, int]]:
    """Hours of the last day with far more failures than the same hour of these days has, the latest first."""
    found = []
    for hour, count in failures.items():
        if count < _BURST or hour <= moment - _DAY:
            continue
        before = [hour - back * _DAY for back in range(1, CHARTED_DAYS + 1)]
        usual = [failures.get(each, 0) for each in before if each.date() in known]
        if count >= _BURST_FACTOR * median(usual or [0]):
            found.append((hour, count))
    return sorted(found, reverse=True)


def _midnight(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def _hours_of(counted: Mapping[tuple[datetime, str, str], int], names: Sequence[EventName]) -> Hours:
    found: Counter[datetime] = Counter()
    for (hour, name, _result), count in counted.items():
        if name in names:
            found[hour] += count
    return dict(found)


def _days(series: Mapping[str, Hours], midnight: datetime) -> tuple[Day, ...]:
    sums: dict[str, Counter[date]] = {}
    for name, hours in series.items():
        sums[name] = Counter()
        for hour, count in hours.items():
            sums[name][hour.date()] += count
    shown = [(midnight - back * _DAY).date() for back in reversed(range(CHARTED_DAYS))]
    return tuple(
        Day(day, sums["sign_ins"][day], sums["failures"][day], sums["new_accounts"][day]) for day in shown
    )


def _notable(waves: Sequence[tuple[datetime, int]], moment: datetime) -> tuple[Notable, ...]:
    """The latest of both kinds: events, and hours with far more failures than usual."""
    latest = store.list_latest([str(each) for each in NOTABLE], _NOTABLE_SHOWN, as_one=_AS_ONE)
    events = [each for each in latest if each.occurred_at > moment - NOTABLE_FOR]
    names = names_of({each for event in events for each in (event.account_id, event.actor_id) if each})
    found = [_notable_event(each, names) for each in events]
    found += [
        Notable(
            f"{count:,} sign-ins failed in the hour from {hour:%H:%M} UTC",
            hour,
            f"{_AUDIT}?name=sign-in&result=failure&from={hour:%Y-%m-%dT%H:00}&until={hour:%Y-%m-%dT%H:59}",
        )
        for hour, count in waves
    ]
    return tuple(sorted(found, key=lambda each: each.happened_at, reverse=True)[:_NOTABLE_SHOWN])


def _notable_event(event: AuditEvent, names: Mapping[str, str]) -> Notable:
    """In its sentence, or where it happened to many at once in that of the last of them, which counts the others."""
    others = store.count_besides(event) if event.name in _AS_ONE else None
    if others is None or not others.value:
        return Notable(sentence_of(event, names), event.occurred_at, f"{_AUDIT}/{event.id}")
    account_id = event.account_id or ""
    whom = names.get(account_id, "a deleted account")
    all_of_them = f"{whom} and {others.words} {'other' if others.value == 1 else 'others'}"
    sentence = sentence_of(event, {**names, account_id: all_of_them})
    query = urlencode({"name": event.name, "request_id": event.request_id})
    return Notable(sentence, event.occurred_at, f"{_AUDIT}?{query}")
