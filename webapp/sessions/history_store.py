"""Every query about sessions that are over, or ought to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select, update

from webapp.accounts.models import AccountRole
from webapp.infra.database import db
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement


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


def list_outlived_of_role(role: str, begun_by: datetime, idle_since: datetime, size: int) -> list[str]:
    """Open sessions of holders of a role, begun by one moment or idle since the other. For roles that few hold."""
    # Asked first, and not joined: SQLite would read every open session to find out whose it is.
    holders = db.session.scalars(select(AccountRole.account_id).where(AccountRole.role_name == role)).all()
    return list(
        db.session.scalars(
            select(Session.id)
            .where(Session.account_id.in_(holders), Session.ended_at.is_(None))
            .where(or_(Session.created_at <= begun_by, Session.last_active_at <= idle_since))
            .limit(size)
        )
    )


def hold_open(session_ids: Iterable[str]) -> Sequence[Session]:
    """Those that are still open; nobody else changes them until the unit ends."""
    query = (
        select(Session)
        .where(Session.id.in_(list(session_ids)), Session.ended_at.is_(None))
        # In one order, and passing over what somebody else holds: nobody waits. SQLite's writer is alone anyway.
        .order_by(Session.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def list_holders(role: str, account_ids: Iterable[str]) -> set[str]:
    """Which of these accounts hold the role."""
    query = select(AccountRole.account_id).where(
        AccountRole.role_name == role, AccountRole.account_id.in_(list(account_ids))
    )
    return set(db.session.scalars(query))


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
