"""How many events of each kind an hour had: summaries of what is sealed, and the few that are not sealed yet."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Text, func, select, type_coerce, union_all

from webapp.infra.database import UtcDateTime, db, insert_or
from webapp.infra.models import AuditEvent, AuditHour

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

_HOUR: Final = timedelta(hours=1)


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour (UTC) that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def counts_by_hour(
    names: Collection[str], since: datetime, until: datetime
) -> dict[tuple[datetime, str, str], int]:
    """How many events of these names each hour had, by (hour in UTC, name, result); hours without any are left out.

    Whole hours: from the one `since` is in up to those that begin before `until`. Exact at any moment: sealed and
    unsealed events are counted by one statement, so that one which is being sealed is counted once.
    """
    if not names:
        return {}
    first, last = hour_of(since), hour_of(until - timedelta(microseconds=1))
    hour = _hour_column()
    sealed = select(AuditHour.hour, AuditHour.name, AuditHour.result, AuditHour.event_count).where(
        AuditHour.name.in_(names), AuditHour.hour >= first, AuditHour.hour <= last
    )
    unsealed = (
        select(hour, AuditEvent.name, AuditEvent.result, func.count())
        .where(AuditEvent.sealed_in.is_(None), AuditEvent.name.in_(names))
        .where(AuditEvent.occurred_at >= first, AuditEvent.occurred_at < last + _HOUR)
        .group_by(hour, AuditEvent.name, AuditEvent.result)
    )
    counts: Counter[tuple[datetime, str, str]] = Counter()
    for hour_, name, result, count in db.session.execute(union_all(sealed, unsealed)):
        counts[hour_, name, result] += count
    return dict(counts)


def fold_into_hours(events: Iterable[tuple[datetime, str, str]]) -> None:
    """Add events, each as (moment, name, result), to the summaries of their hours, in the present unit."""
    add_to_hours(Counter((hour_of(moment), name, result) for moment, name, result in events))


def add_to_hours(counted: Mapping[tuple[datetime, str, str], int]) -> None:
    """Add numbers of events by (hour in UTC, name, result) to the summaries, in the present unit."""
    statement = insert_or(AuditHour)
    statement = statement.on_conflict_do_update(
        index_elements=[AuditHour.hour, AuditHour.name, AuditHour.result],
        set_={"event_count": AuditHour.event_count + statement.excluded.event_count},
    )
    # In a steady order, so that two units never wait for each other's rows.
    rows = [
        {"hour": hour, "name": name, "result": result, "event_count": count}
        for (hour, name, result), count in sorted(counted.items())
    ]
    db.session.execute(statement, rows)


def _hour_column() -> ColumnElement[datetime]:
    if db.session.get_bind().dialect.name == "postgresql":
        return func.date_trunc("hour", AuditEvent.occurred_at, "UTC", type_=UtcDateTime())
    # SQLite keeps moments as text in UTC: 2026-01-31 23:59:59.000000.
    text = func.substr(type_coerce(AuditEvent.occurred_at, Text), 1, 13)
    return type_coerce(text.concat(":00:00.000000"), UtcDateTime())
