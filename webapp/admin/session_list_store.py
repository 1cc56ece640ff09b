"""Every query of the list of sessions.

Three million sessions are never sorted, and hardly ever looked through. Each filter has an index in the order of the
list, with what it compares at its head (see the model); several values of it are several lanes, whose first rows are
merged. Sessions are open or ended, and have few `methods`, so that lanes lead through all of them, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_, union_all

from webapp.accounts.models import Account
from webapp.admin.keyset import PAGE_SIZE, microseconds_of, moment_of
from webapp.admin.session_filters import has_method
from webapp.core.paging import Cursor, Page
from webapp.infra.database import db
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select

    from webapp.admin.session_filters import Wanted

    Conditions = tuple[ColumnElement[bool], ...]

# So many sessions in no order are still sorted within some milliseconds.
_MOST_SORTED = 50_000
_OPEN = Session.ended_at.is_(None)
_ENDED = Session.ended_at.is_not(None)


def page_of_sessions(wanted: Wanted, cursor: Cursor | None, size: int = PAGE_SIZE) -> Page[str]:
    """Ids of sessions that match, latest sign-in first."""
    is_newer = cursor is not None and cursor.direction == "newer"
    lanes, besides = _ways(wanted)
    if not lanes:
        return Page([], None, None)
    rows = list(
        db.session.execute(_merged(lanes, (*besides, *_span(wanted, cursor)), size + 1, upwards=is_newer))
    )
    has_more = len(rows) > size
    rows = rows[:size]
    if is_newer:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_newer = has_more if is_newer else cursor is not None
    has_older = True if is_newer else has_more
    first, last = ((microseconds_of(row.created_at), row.id) for row in (rows[0], rows[-1]))
    return Page(
        [row.id for row in rows],
        Cursor("newer", first) if has_newer else None,
        Cursor("older", last) if has_older else None,
    )


def list_with_owners(session_ids: Sequence[str]) -> list[tuple[Session, str, str]]:
    """These sessions in this order, each with its owner's name and username; those that are gone are left out."""
    query = (
        select(Session, Account.display_name, Account.username)
        .join(Account, Account.id == Session.account_id)
        .where(Session.id.in_(session_ids))
        .execution_options(populate_existing=True)
    )
    found = {row[0].id: (row[0], row[1], row[2]) for row in db.session.execute(query)}
    return [found[each] for each in session_ids if each in found]


def _merged(
    lanes: Iterable[Conditions], besides: Conditions, size: int, *, upwards: bool
) -> Select[*tuple[Any, ...]]:
    """The first rows of several lanes together, each walked along its index for no longer than the page is."""

    def order(*columns: Any) -> list[Any]:
        return [each.asc() if upwards else each.desc() for each in columns]

    parts = [
        select(Session.created_at, Session.id)
        .where(*lane, *besides)
        .order_by(*order(*_led_by(lane[0]), Session.created_at, Session.id))
        .limit(size)
        for lane in lanes
    ]
    if len(parts) == 1:
        return parts[0]
    found = union_all(*(select(each.subquery()) for each in parts)).subquery().c
    return select(found.created_at, found.id).order_by(*order(found.created_at, found.id)).limit(size)


def _span(wanted: Wanted, cursor: Cursor | None) -> Conditions:
    """The part of each lane that the page lies in."""
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(Session.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(Session.created_at < wanted.until)
    if cursor is not None:
        edge = (moment_of(cursor.key[0]), cursor.key[1])
        key = tuple_(Session.created_at, Session.id)
        found.append(key > edge if cursor.direction == "newer" else key < edge)
    return tuple(found)


def _ways(wanted: Wanted) -> tuple[list[Conditions], Conditions]:
    """Lanes that lead past every session that is wanted, along the most telling index, and what else must hold."""
    whom, bits, cause = _by_whom(wanted), _by_bits(wanted), _by_cause(wanted)
    states = {"open": (_OPEN,), "ended": (_ENDED,), "all": (_OPEN, _ENDED)}[wanted.state]
    if whom:
        return [(each, *whom) for each in states], (*bits, *cause, *_by_method(wanted))
    by_bits: list[Conditions] = [(each, *bits) for each in states]
    if wanted.bits and (wanted.bits[0] == wanted.bits[1] or _are_few(by_bits)):
        return by_bits, (*cause, *_by_method(wanted))
    by_method: list[Conditions] = [
        (state, Session.methods == each) for state in states for each in _methods_of(state, wanted.method)
    ]
    if cause and (not wanted.method or not _are_few(by_method)):
        return [(_ENDED, *cause)], (*bits, *_by_method(wanted))
    return by_method, (*bits, *cause)


def _led_by(state: ColumnElement[bool]) -> list[Any]:
    """What the index of these sessions has before all else. PostgreSQL does not see that what is null throughout is in
    order, and would sort all open sessions.
    """
    return [Session.ended_at] if state is _OPEN else []


def _methods_of(state: ColumnElement[bool], method: str) -> list[str]:
    """The methods that sessions of this state have; a step along the index for each."""
    found: list[str] = []
    while True:
        query = select(Session.methods).where(state, Session.methods > (found[-1] if found else ""))
        ordered = query.order_by(*_led_by(state), Session.methods)
        following = db.session.scalar(ordered.limit(1))
        if following is None:
            return [each for each in found if not method or has_method(each, method)]
        found.append(following)


def _by_whom(wanted: Wanted) -> Conditions:
    return () if wanted.whom is None else (Session.account_id.in_(wanted.whom),)


def _by_bits(wanted: Wanted) -> Conditions:
    if wanted.bits is None:
        return ()
    first, last = wanted.bits
    return (Session.address_bits == first if first == last else Session.address_bits.between(first, last),)


def _by_cause(wanted: Wanted) -> Conditions:
    return (Session.end_cause == wanted.cause,) if wanted.cause else ()


def _by_method(wanted: Wanted) -> Conditions:
    if not wanted.method:
        return ()
    found = {each for state in (_OPEN, _ENDED) for each in _methods_of(state, wanted.method)}
    return (Session.methods.in_(sorted(found)),)


def _are_few(lanes: Iterable[Conditions]) -> bool:
    """Whether what is on these lanes can be sorted."""
    for lane in lanes:
        found = select(Session.id).where(*lane).limit(_MOST_SORTED + 1).subquery()
        if (db.session.scalar(select(func.count()).select_from(found)) or 0) > _MOST_SORTED:
            return False
    return True
