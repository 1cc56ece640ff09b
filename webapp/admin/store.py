"""Every query of the console's lists. Each page is found by its key, never by counting rows off."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import exists, func, or_, select, tuple_
from sqlalchemy.orm import selectinload

from webapp.accounts.models import Account, AccountRole, EmailAddress
from webapp.core.event_names import EventName
from webapp.core.paging import Cursor, Page
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Select

Row = TypeVar("Row")
PAGE_SIZE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def page_of_accounts(*, q: str, state: str, role: str, cursor: Cursor | None) -> Page[Account]:
    """Accounts that match, newest first."""
    query = select(Account).where(*_account_conditions(q, state, role))
    query = query.options(selectinload(Account.emails), selectinload(Account.roles))
    key = (Account.created_at, Account.id)
    edge = (_moment(cursor.key[0]), cursor.key[1]) if cursor else None
    return _page(query, key, cursor, edge, lambda row: (_microseconds(row.created_at), row.id))


def count_accounts(*, q: str = "", state: str = "", role: str = "") -> int:
    """How many accounts match."""
    query = select(func.count()).select_from(Account).where(*_account_conditions(q, state, role))
    return db.session.scalar(query) or 0


def page_of_events(
    *, name: str, account_ids: list[str] | None, result: str, cursor: Cursor | None, size: int = PAGE_SIZE
) -> Page[AuditEvent]:
    """Audit events that match, newest first; `account_ids` None means anybody's."""
    query = select(AuditEvent)
    if name:
        query = query.where(AuditEvent.name == name)
    if result:
        query = query.where(AuditEvent.result == result)
    if account_ids is not None:
        query = query.where(or_(AuditEvent.account_id.in_(account_ids), AuditEvent.actor_id.in_(account_ids)))
    edge = (cursor.key[0],) if cursor else None
    return _page(query, (AuditEvent.id,), cursor, edge, lambda row: (row.id,), size)


def actors_of_ends(account_id: str, size: int) -> dict[str, str | None]:
    """Who ended the account's sessions, by session, as the latest so many events of that kind say it."""
    query = (
        select(AuditEvent.session_id, AuditEvent.actor_id)
        # Not by the index of names, which would go through the ends of everybody's sessions.
        .where(AuditEvent.account_id == account_id, AuditEvent.name.concat("") == EventName.SESSION_ENDED)
        .order_by(AuditEvent.id.desc())
        .limit(size)
    )
    return {row.session_id: row.actor_id for row in db.session.execute(query)}


def names_of(account_ids: set[str]) -> dict[str, str]:
    """What to call these accounts now."""
    if not account_ids:
        return {}
    rows = db.session.execute(select(Account.id, Account.display_name).where(Account.id.in_(account_ids)))
    return {row.id: row.display_name for row in rows}


def ids_matching(who: str) -> list[str]:
    """Accounts meant by an id, a username or an address."""
    text = who.strip().lower()
    by_address = select(EmailAddress.account_id).where(EmailAddress.address_key == text)
    query = select(Account.id).where(
        or_(Account.id == text, Account.username_key == text, Account.id.in_(by_address))
    )
    return list(db.session.scalars(query.limit(20)))


def _account_conditions(q: str, state: str, role: str) -> list[ColumnElement[bool]]:
    is_verified = exists().where(EmailAddress.account_id == Account.id, EmailAddress.verified_at.is_not(None))
    found: list[ColumnElement[bool]] = []
    if q:
        text = q.strip().lower()
        by_address = select(EmailAddress.account_id).where(
            EmailAddress.address_key.startswith(text, autoescape=True)
        )
        found.append(
            or_(
                Account.username_key.startswith(text, autoescape=True),
                *(Account.display_name.icontains(each, autoescape=True) for each in _spellings(q.strip())),
                Account.id == text,
                Account.id.in_(by_address),
            )
        )
    if state == "locked":
        found.append(Account.locked_at.is_not(None))
    elif state == "active":
        found += [Account.locked_at.is_(None), is_verified]
    elif state == "unverified":
        found += [Account.locked_at.is_(None), ~is_verified]
    if role:
        found.append(exists().where(AccountRole.account_id == Account.id, AccountRole.role_name == role))
    return found


def _spellings(q: str) -> set[str]:
    """SQLite folds the case of ASCII alone, and names are kept in NFC: other letters are looked for in each case."""
    name = unicodedata.normalize("NFC", q)
    return {name} if name.isascii() else {name, name.lower(), name.upper(), name.title()}


def _page(
    query: Select[Any],
    key: tuple[Any, ...],
    cursor: Cursor | None,
    edge: tuple[Any, ...] | None,
    key_of: Callable[[Row], tuple[str | int, ...]],
    size: int = PAGE_SIZE,
) -> Page[Row]:
    """One page by keyset; one row more than is shown tells whether there is a neighbour."""
    is_newer = cursor is not None and cursor.direction == "newer"
    if edge is not None:
        columns = tuple_(*key)
        query = query.where(columns > edge if is_newer else columns < edge)
    order = [column.asc() if is_newer else column.desc() for column in key]
    rows = list(db.session.scalars(query.order_by(*order).limit(size + 1)))
    has_more = len(rows) > size
    rows = rows[:size]
    if is_newer:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_newer = has_more if is_newer else cursor is not None
    has_older = True if is_newer else has_more
    return Page(
        rows,
        Cursor("newer", key_of(rows[0])) if has_newer else None,
        Cursor("older", key_of(rows[-1])) if has_older else None,
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: str | int) -> datetime:
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND
    except (OverflowError, ValueError):
        return _EPOCH
