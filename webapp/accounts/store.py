"""Every query about accounts and roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import aliased, selectinload

from webapp.accounts.models import Account, AccountRole, EmailAddress, Role
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from webapp.accounts.password_hashing import PasswordHash


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account as far as checking its password needs it."""

    account_id: str
    password_hash: str | None
    password_scheme: str | None
    pepper_version: str | None
    password_changed_at: datetime | None


_WHOLE = (selectinload(Account.emails), selectinload(Account.roles))


def find_account(account_id: str) -> Account | None:
    """The account with its addresses and roles, as the database holds it now."""
    query = select(Account).where(Account.id == account_id).options(*_WHOLE)
    return db.session.scalar(query.execution_options(populate_existing=True))


def hold_account(account_id: str) -> None:
    """Let nobody else change this account until the unit ends; a SQLite writer holds the only write lock already."""
    row = select(Account.id).where(Account.id == account_id)
    db.session.execute(row.with_for_update(key_share=True))


def hold_claims(key: str) -> Sequence[EmailAddress]:
    """Every claim to an address as it stands now, held until the unit ends."""
    query = select(EmailAddress).where(EmailAddress.address_key == key).order_by(EmailAddress.id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def find_by_username_key(key: str) -> Account | None:
    """The account of that name."""
    return db.session.scalar(select(Account).where(Account.username_key == key).options(*_WHOLE))


def find_by_address_key(key: str) -> Account | None:
    """Whoever has verified the address. A mere claim signs nobody in: it would tell whether there is an owner."""
    owner = select(EmailAddress.account_id).where(
        EmailAddress.address_key == key, EmailAddress.verified_at.is_not(None)
    )
    account_id = db.session.scalar(owner)
    return find_account(account_id) if account_id else None


def find_credentials(key: str) -> Credentials | None:
    """What a sign-in under this key is checked against, in one query whether or not there is such an account."""
    query = select(
        Account.id,
        Account.password_hash,
        Account.password_scheme,
        Account.pepper_version,
        Account.password_changed_at,
    )
    if "@" in key:
        query = query.join(EmailAddress, EmailAddress.account_id == Account.id)
        query = query.where(EmailAddress.address_key == key, EmailAddress.verified_at.is_not(None))
    else:
        query = query.where(Account.username_key == key)
    row = db.session.execute(query).one_or_none()
    return None if row is None else Credentials(*row)


def drop_other_claims(key: str, account_id: str) -> None:
    """Remove unverified claims of others to an address that now has an owner."""
    for claim in db.session.scalars(
        select(EmailAddress).where(EmailAddress.address_key == key, EmailAddress.account_id != account_id)
    ):
        db.session.delete(claim)


def has_more_than(number: int) -> bool:
    """Whether there are more accounts than so many."""
    return db.session.scalar(select(Account.id).order_by(Account.id).offset(number).limit(1)) is not None


def find_role(name: str) -> Role | None:
    """The role of that name."""
    return db.session.get(Role, name)


def list_roles() -> Sequence[Role]:
    """All roles by name."""
    return db.session.scalars(select(Role).order_by(Role.name)).all()


def hold_administrators() -> None:
    """Let nobody else change who administers until this unit ends: the role's row is the lock.

    PostgreSQL waits at the row; a SQLite writer already holds the only write lock.
    """
    db.session.execute(select(Role.name).where(Role.name == "administrator").with_for_update())


def count_usable_administrators(*, besides: str | None = None, staying: bool = False) -> int:
    """Administrators who could administer now: not shut out, with a password and a verified address; with `staying`,
    only those whose deletion is not due. Whose password is void counts: they choose another by a reset link.
    """
    query = _usable_administrators()
    if besides is not None:
        query = query.where(Account.id != besides)
    if staying:
        query = query.where(Account.deletion_due_at.is_(None))
    return db.session.scalar(query) or 0


def count_administrators_with_factor(*, besides: str, required_for: Collection[str]) -> int:
    """Usable administrators who stay and are not held back for want of a factor that one of these roles requires."""
    role = aliased(AccountRole)
    asks = exists().where(role.account_id == Account.id, role.role_name.in_(required_for))
    query = _usable_administrators().where(Account.id != besides, Account.deletion_due_at.is_(None))
    return db.session.scalar(query.where(or_(Account.second_factor_since.is_not(None), ~asks))) or 0


def list_administrator_addresses(most: int) -> list[tuple[str, str]]:
    """Id and verified address of so many usable administrators, by name."""
    query = _usable_administrators().with_only_columns(Account.id, EmailAddress.address)
    query = query.join(EmailAddress, EmailAddress.account_id == Account.id)
    query = query.where(EmailAddress.verified_at.is_not(None)).order_by(Account.username_key).limit(most)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _usable_administrators() -> Select[int]:
    address = aliased(EmailAddress)
    return (
        select(func.count())
        .select_from(Account)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role_name == "administrator", ~Account.is_shut)
        .where(Account.password_hash.is_not(None))
        .where(exists().where(address.account_id == Account.id, address.verified_at.is_not(None)))
    )


def add_failure(account_id: str | None) -> None:
    """Count one wrong password; in the database, so that parallel guesses are all counted.

    For an unknown name (None) the same statement finds nobody: it must not answer sooner.
    """
    db.session.execute(
        update(Account)
        .where(Account.id == (account_id or ""))
        .values(failures_in_a_row=Account.failures_in_a_row + 1)
        .execution_options(synchronize_session=False)
    )


def renew_hash(account_id: str, stored: PasswordHash, renewed: PasswordHash) -> bool:
    """The same password hashed anew; False when `stored` is no longer what is kept of it.

    Compared by the statement that writes: a sign-in under way would otherwise bring an old password back over the one
    that was chosen in this very moment.
    """
    kept = db.session.execute(
        update(Account)
        .where(Account.id == account_id, Account.password_hash == stored.value)
        .values(
            password_hash=renewed.value,
            password_scheme=renewed.scheme,
            pepper_version=renewed.pepper_version,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(kept.rowcount == 1)  # type: ignore[attr-defined]


def note_sign_in(
    account_id: str,
    moment: datetime,
    password_changed_at: datetime | None,
    password_voided_at: datetime | None = None,
    second_factor_since: datetime | None = None,
) -> bool:
    """Remember the sign-in and forget the failures before it; False when password, factor or lock changed meanwhile.

    Guarded, so that of a sign-in and a change of the password, its voiding, a first factor or a lock at once, these
    have the last word. The moments are those that the sign-in saw.
    """
    noted = db.session.execute(
        update(Account)
        .where(Account.id == account_id)
        .where(
            Account.password_changed_at.is_not_distinct_from(password_changed_at),
            Account.password_voided_at.is_not_distinct_from(password_voided_at),
            Account.second_factor_since.is_not_distinct_from(second_factor_since),
            ~Account.is_shut,
        )
        .values(failures_in_a_row=0, last_signed_in_at=moment)
        .execution_options(synchronize_session=False)
    )
    return bool(noted.rowcount == 1)  # type: ignore[attr-defined]
