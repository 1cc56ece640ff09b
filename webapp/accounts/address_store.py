"""Every query about addresses: whose they are, who claims them, and which were replaced lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, literal, select, union_all

from webapp.accounts import search_index
from webapp.accounts.models import Account, EmailAddress, FormerAddress
from webapp.infra.database import begin_writing, db

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an address is, and how they write it."""

    account_id: str
    username: str
    address: str


def find_owner(key: str, moment: datetime, *, besides: str | None = None) -> Owner | None:
    """Whoever has verified the address, or had it until lately and may take it back."""
    verified = select(EmailAddress.account_id, EmailAddress.address, literal(1).label("place")).where(
        EmailAddress.address_key == key, EmailAddress.verified_at.is_not(None)
    )
    former = select(FormerAddress.account_id, FormerAddress.address, literal(2).label("place")).where(
        FormerAddress.address_key == key, FormerAddress.kept_until > moment
    )
    holders = union_all(verified, former).subquery()
    query = select(holders.c.account_id, Account.username, holders.c.address)
    query = query.join(Account, Account.id == holders.c.account_id).order_by(holders.c.place)
    if besides is not None:
        query = query.where(holders.c.account_id != besides)
    row = db.session.execute(query.limit(1)).one_or_none()
    return None if row is None else Owner(*row)


def find_reachable(key: str) -> Owner | None:
    """The account under a username's or address's key, with its verified address; one question either way."""
    query = select(Account.id, Account.username, EmailAddress.address)
    query = query.join(EmailAddress, EmailAddress.account_id == Account.id)
    query = query.where(EmailAddress.verified_at.is_not(None))
    query = query.where(EmailAddress.address_key == key if "@" in key else Account.username_key == key)
    row = db.session.execute(query.limit(1)).one_or_none()
    return None if row is None else Owner(*row)


def find_first_claimant(key: str) -> str | None:
    """Whose unverified claim to the address is the oldest."""
    query = select(EmailAddress.account_id).where(
        EmailAddress.address_key == key, EmailAddress.verified_at.is_(None)
    )
    return db.session.scalar(query.order_by(EmailAddress.created_at, EmailAddress.id).limit(1))


def find_former(former_id: str, account_id: str) -> FormerAddress | None:
    """An address that the account had, while it is kept."""
    query = select(FormerAddress).where(FormerAddress.id == former_id, FormerAddress.account_id == account_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def forget_former(key: str) -> None:
    """Keep this address for nobody."""
    _delete_former(FormerAddress.address_key == key)


def forget_former_since(account_id: str, moment: datetime) -> list[str]:
    """Keep for the account none of the addresses replaced from that moment on; the ids of what was kept."""
    ours = FormerAddress.account_id == account_id, FormerAddress.replaced_at >= moment
    found = list(db.session.scalars(select(FormerAddress.id).where(*ours)))
    _delete_former(FormerAddress.id.in_(found))
    return found


def delete_addresses(account_id: str, *, besides: str | None = None, unverified_only: bool = False) -> None:
    """Take addresses away from an account."""
    query = delete(EmailAddress).where(EmailAddress.account_id == account_id)
    if besides is not None:
        query = query.where(EmailAddress.id != besides)
    if unverified_only:
        query = query.where(EmailAddress.verified_at.is_(None))
    db.session.execute(query.execution_options(synchronize_session=False))
    search_index.renew([account_id])


def forget_kept_too_long(before: datetime, most: int) -> int:
    """Delete so many former addresses whose time is over, oldest first; how many were."""
    query = select(FormerAddress.id).where(FormerAddress.kept_until <= before)
    found = db.session.scalars(query.order_by(FormerAddress.kept_until).limit(most)).all()
    if not found:
        return 0
    begin_writing()
    deleted = db.session.execute(
        delete(FormerAddress)
        .where(FormerAddress.id.in_(found), FormerAddress.kept_until <= before)
        .execution_options(synchronize_session=False)
    )
    return int(deleted.rowcount)  # type: ignore[attr-defined]


def _delete_former(*conditions: object) -> None:
    query = delete(FormerAddress).where(*conditions)  # type: ignore[arg-type]
    db.session.execute(query.execution_options(synchronize_session=False))
