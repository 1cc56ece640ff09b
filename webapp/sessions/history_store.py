"""Every query about sessions that are over, or ought to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select, update

from webapp.accounts.models import AccountRole, RoleScope
from webapp.infra.database import db
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

_HOLDERS_AT_ONCE = 500


def list_ended(account_id: str, size: int) -> Sequence[Session]:
    """The sessions of an account that ended last, latest first."""
    query = (
        select(Session)
        .where(Session.account_id == account_id, Session.ended_at.is_not(None))
        .order_by(Session.ended_at.desc(), Session.id)
        .limit(size)
    )
    return db.session.scalars(query).all()


def list_outlived(moment: datetime, idle_since: datetime, size: int) -> list[str]:
    """Open sessions past the absolute limit or idle since that moment, oldest first, by two indexes."""
    # Both lead with `ended_at`: what ended long ago is never looked at again.
    is_open = Session.ended_at.is_(None)
    past = select(Session.id).where(is_open, Session.ends_at <= moment)
    idle = select(Session.id).where(is_open, Session.last_active_at <= idle_since)
    found = [
        *db.session.scalars(past.order_by(Session.ended_at, Session.ends_at).limit(size)),
        *db.session.scalars(idle.order_by(Session.ended_at, Session.last_active_at).limit(size)),
    ]
    return list(dict.fromkeys(found))[:size]


def list_outlived_of_administration(begun_by: datetime, idle_since: datetime, size: int) -> list[str]:
    """Open sessions of those who may do anything in the administration, begun by one moment or idle since the other."""
    # Asked first, and not joined: SQLite would read every open session to find out whose it is. They are few, unless
    # somebody gave such a role to everybody: no statement takes any number of values.
    holders = db.session.scalars(_administration().distinct()).all()
    found: list[str] = []
    for start in range(0, len(holders), _HOLDERS_AT_ONCE):
        query = (
            select(Session.id)
            .where(
                Session.account_id.in_(holders[start : start + _HOLDERS_AT_ONCE]), Session.ended_at.is_(None)
            )
            .where(or_(Session.created_at <= begun_by, Session.last_active_at <= idle_since))
            .limit(size - len(found))
        )
        found += db.session.scalars(query)
        if len(found) >= size:
            break
    return found


def hold_open(session_ids: Iterable[str]) -> Sequence[Session]:
    """Those that are still open; nobody else changes them until the unit ends."""
    query = (
        select(Session)
        .where(Session.id.in_(list(session_ids)))
        # In one order, and passing over what somebody else holds: nobody waits. SQLite's writer is alone anyway.
        .order_by(Session.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    # Looked at here: asked for both, SQLite would find them among all that are open, not by their ids.
    return [each for each in db.session.scalars(query) if each.ended_at is None]


def list_of_administration(account_ids: Iterable[str]) -> set[str]:
    """Which of these accounts may do anything in the administration, be it in force or not."""
    return set(db.session.scalars(_administration().where(AccountRole.account_id.in_(list(account_ids)))))


def _administration() -> Select[str]:
    opening = select(RoleScope.role_name).where(RoleScope.scope.startswith("admin:"))
    return select(AccountRole.account_id).where(AccountRole.role_name.in_(opening))


def end_held(ends: Sequence[dict[str, object]]) -> None:
    """Mark sessions that `hold_open` gave: each with `id`, `ended_at` and `end_cause`."""
    db.session.execute(update(Session), list(ends), execution_options={"synchronize_session": None})


def list_forgettable(ended_before: datetime, size: int) -> list[str]:
    """Sessions that ended before that moment, oldest first."""
    query = select(Session.id).where(_ended_before(ended_before)).order_by(Session.ended_at).limit(size)
    return list(db.session.scalars(query))


def delete_ended(session_ids: Iterable[str], ended_before: datetime) -> int:
    """Delete these, if they ended before that moment; how many did."""
    deleted = db.session.execute(
        delete(Session)
        .where(Session.id.in_(list(session_ids)), _ended_before(ended_before))
        .execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]


def _ended_before(moment: datetime) -> ColumnElement[bool]:
    return and_(Session.ended_at.is_not(None), Session.ended_at < moment)
