"""Every query about sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import contains_eager

from webapp.accounts.models import Account, AccountRole, EmailAddress, Role, RoleScope
from webapp.infra.database import db
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.sessions.causes import EndCause


# All that every call rests on, as plain values in the order that `standing.require_open` takes them.
STANDING = (
    select(
        Session.ended_at.is_not(None),
        Session.end_cause,
        Account.is_shut,
        select(func.aggregate_strings(AccountRole.role_name, " "))
        .where(AccountRole.account_id == Account.id)
        .scalar_subquery(),
        Account.second_factor_since.is_not(None),
        exists().where(EmailAddress.account_id == Account.id, EmailAddress.verified_at.is_not(None)),
        select(func.aggregate_strings(RoleScope.scope, " "))
        .join(AccountRole, AccountRole.role_name == RoleScope.role_name)
        .where(AccountRole.account_id == Account.id)
        .scalar_subquery(),
        Session.id,
        Account.id,
        Account.username,
        Account.display_name,
        Session.created_at,
        Session.proved_at,
        Session.last_active_at,
        Session.ends_at,
        Session.key_thumbprint,
        Session.counter,
        Session.received,
        Session.rotated_at,
        Session.swapper_user_agent,
    )
    .join(Account, Account.id == Session.account_id)
    .where(Session.id == bindparam("session_id"))
)
FACTS = len(STANDING.selected_columns)
# Not by the index of it: SQLite would go through the open sessions of everybody for those of one account.
_ENDS_AT = func.coalesce(Session.ends_at, Session.ends_at)
# Made once: building this query takes about as long as running it.
_WITH_ACCOUNT = (
    select(Session, Account)
    .join(Account, Account.id == Session.account_id)
    .outerjoin(EmailAddress, EmailAddress.account_id == Account.id)
    # One after the other, not as `joinedload` nests them: SQLite would first put all roles of everybody together.
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .outerjoin(Role, Role.name == AccountRole.role_name)
    .outerjoin(RoleScope, RoleScope.role_name == Role.name)
    .where(Session.id == bindparam("session_id"))
    .options(
        contains_eager(Account.roles).contains_eager(Role.scopes),
        contains_eager(Account.emails),
    )
    .order_by(EmailAddress.created_at, Role.name, RoleScope.scope)
    .execution_options(populate_existing=True)
)


def add(session: Session) -> None:
    """Store a new session."""
    db.session.add(session)


def find_session(session_id: str) -> Session | None:
    """The session as the database holds it now, ended or not."""
    query = select(Session).where(Session.id == session_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_with_account(session_id: str) -> tuple[Session, Account] | None:
    """The session, its account and all that its scopes rest on, in one query."""
    found = db.session.execute(_WITH_ACCOUNT, {"session_id": session_id}).unique().one_or_none()
    return None if found is None else (found[0], found[1])


def list_open(account_id: str, moment: datetime) -> Sequence[Session]:
    """Sessions of an account that are neither ended nor past their absolute limit, latest use first."""
    query = (
        select(Session)
        .where(Session.account_id == account_id, Session.ended_at.is_(None), moment < _ENDS_AT)
        .order_by(Session.last_active_at.desc(), Session.id)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def end(session_id: str, cause: EndCause, moment: datetime) -> bool:
    """End an open session; False when it was over before, whose cause then stays."""
    ended = db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None))
        .values(ended_at=moment, end_cause=str(cause))
        .execution_options(synchronize_session=False)
    )
    return bool(ended.rowcount == 1)  # type: ignore[attr-defined]


def end_all(account_id: str, besides: str | None, cause: EndCause, moment: datetime) -> Sequence[str]:
    """End every open session of an account but one, in one statement; the ids of those ended."""
    statement = (
        update(Session)
        .where(Session.account_id == account_id, Session.ended_at.is_(None), moment < _ENDS_AT)
        .where(Session.id != (besides or ""))
        .values(ended_at=moment, end_cause=str(cause))
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalars(statement).all()


def end_everyones(cause: EndCause, moment: datetime, most: int) -> int:
    """End so many open sessions that were begun before that moment, of any account; how many those were."""
    open_ones = (
        select(Session.id)
        .where(Session.ended_at.is_(None), Session.ends_at > moment, Session.created_at <= moment)
        .order_by(Session.ends_at, Session.id)
        .limit(most)
    )
    # PostgreSQL looks again at a row that it had to wait for. Said plainly, SQLite would go through all that are open,
    # for each batch.
    still_open = func.coalesce(Session.ended_at, Session.ended_at).is_(None)
    statement = update(Session).where(Session.id.in_(open_ones), still_open)
    statement = statement.values(ended_at=moment, end_cause=str(cause))
    ended = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def list_excess(account_id: str, kept: int) -> Sequence[str]:
    """Open sessions beyond so many, the least used ones."""
    query = (
        select(Session.id)
        .where(Session.account_id == account_id, Session.ended_at.is_(None))
        .order_by(Session.last_active_at.desc(), Session.id)
        .offset(kept)
    )
    return db.session.scalars(query).all()


def hold_standing(session_id: str) -> None:
    """Let nobody end this session or lock its account until the unit ends; a SQLite writer holds the only lock."""
    query = select(Session.id).join(Account, Account.id == Session.account_id).where(Session.id == session_id)
    db.session.execute(query.with_for_update(read=True, of=(Session, Account)))


def note_activity(session_id: str, moment: datetime, address: str, address_bits: bytes | None) -> None:
    """Move the idle limit on; never back, whichever of two requests is written last."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None), Session.last_active_at < moment)
        .values(last_active_at=moment, address=address, address_bits=address_bits)
        .execution_options(synchronize_session=False)
    )


def note_proof(session_id: str, moment: datetime) -> None:
    """Remember that the person has just proved who they are."""
    db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None))
        .values(proved_at=moment)
        .execution_options(synchronize_session=False)
    )
