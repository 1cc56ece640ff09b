"""Every query of the dashboard. Each reads a bounded number of rows, by an index or by what nearly all rows match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, union_all

from webapp.accounts.models import TRAITS, Account, AccountRole
from webapp.accounts.service import ADMINISTRATOR
from webapp.infra.database import db
from webapp.infra.figures import MOST_COUNTED, Amount, count_up_to
from webapp.infra.models import AuditEvent, AuditSegment, Mail

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Select

ALL_ACCOUNTS: Final = select(Account.id)
# Every combination of traits with one of them: an index has these together, and the table is not read.
_WITH: Final = {
    name: [each for each in range(2 * max(TRAITS.values())) if each & bit] for name, bit in TRAITS.items()
}
ALL_WITH_FACTOR: Final = select(Account.id).where(Account.traits.in_(_WITH["second_factor_since"]))
# The last so many events of a name, among which those of one job are one.
_LOOKED_THROUGH: Final = 1_000
ALL_LOCKED: Final = select(Account.id).where(Account.traits.in_(_WITH["locked_at"]))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Letters on their way: how many, since when the oldest, and what the mail server said to one of them last."""

    count: Amount
    oldest_at: datetime | None
    failure: str | None


def count_administrators(most: int) -> tuple[int, int]:
    """Who administers, and those of them with a second factor; so many are looked at."""
    query = select(Account.second_factor_since).join(AccountRole, AccountRole.account_id == Account.id)
    rows = query.where(AccountRole.role_name == ADMINISTRATOR).limit(most).subquery()
    counts = select(func.count(), func.count(rows.c.second_factor_since)).select_from(rows)
    total, part = db.session.execute(counts).one()
    return total, part


def count_locked() -> Amount:
    """Accounts that are locked now."""
    found = count_up_to(ALL_LOCKED)
    return Amount(MOST_COUNTED, is_exact=False, is_least=True) if found is None else Amount(found)


def list_latest(names: Sequence[str], most: int, *, as_one: Collection[str]) -> Sequence[AuditEvent]:
    """So many of the latest events of these names, the latest first.

    Of those `as_one`, only the last of each request or job; so many are looked through that older ones hide behind a
    larger job alone.
    """
    # One at a time: by several names at once, a database may go through the whole trail backwards instead.
    ids = [_last_of_each(name) if name in as_one else _last(name, most) for name in names]
    query = select(AuditEvent).where(AuditEvent.id.in_(union_all(*ids)))
    return db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(most)).all()


def _last(name: str, most: int) -> Select[int]:
    newest = select(AuditEvent.id).where(AuditEvent.name == name).order_by(AuditEvent.id.desc())
    return select(newest.limit(most).subquery().c.id)


def _last_of_each(name: str) -> Select[int]:
    """The ids of the last of each request or job."""
    columns = (AuditEvent.id, AuditEvent.request_id)
    newest = select(*columns).where(AuditEvent.name == name).order_by(AuditEvent.id.desc())
    rows = newest.limit(_LOOKED_THROUGH).subquery()
    return select(func.max(rows.c.id)).group_by(rows.c.request_id)


def count_besides(event: AuditEvent) -> Amount:
    """How many other events of its name its request or job has."""
    same = (AuditEvent.request_id == event.request_id, AuditEvent.name == event.name)
    found = count_up_to(select(AuditEvent.id).where(*same, AuditEvent.id != event.id), _LOOKED_THROUGH)
    return Amount(_LOOKED_THROUGH, is_exact=False, is_least=True) if found is None else Amount(found)


def find_waiting() -> Waiting:
    """The mail queue as it stands."""
    rows = (
        select(Mail.created_at, Mail.last_failure)
        .where(Mail.due_at.is_not(None))
        .order_by(Mail.due_at)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    query = select(func.count(), func.min(rows.c.created_at), func.max(rows.c.last_failure)).select_from(rows)
    count, oldest_at, failure = db.session.execute(query).one()
    is_all = count <= MOST_COUNTED
    return Waiting(Amount(min(count, MOST_COUNTED), is_exact=is_all, is_least=not is_all), oldest_at, failure)


def find_first_unsealed() -> datetime | None:
    """When the oldest event happened that no segment of the hash chain has taken in; None when all are sealed."""
    newest = select(AuditSegment.last_event_id).order_by(AuditSegment.id.desc())
    last = newest.limit(1).scalar_subquery()
    query = select(AuditEvent.occurred_at).where(AuditEvent.id > func.coalesce(last, 0))
    return db.session.scalar(query.order_by(AuditEvent.id).limit(1))


def ping() -> None:
    """The least that a database can be asked."""
    db.session.scalar(select(1))


def name_of_database() -> str:
    """Kind and version, as the driver knows them: "PostgreSQL 18", "SQLite 3.45"."""
    dialect = db.session.get_bind().dialect
    version = dialect.server_version_info or ()
    if dialect.name == "postgresql":
        return f"PostgreSQL {version[0] if version else ''}".strip()
    return f"SQLite {'.'.join(str(each) for each in version[:2])}".strip()
