"""Every query of an import: many accounts in a few statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from webapp.accounts import search_index
from webapp.accounts.models import Account, AccountRole, EmailAddress, FormerAddress, Role
from webapp.accounts.password_hashing import PasswordHash
from webapp.core.opaque import new_id
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Sequence

_COPIED: Final = (
    *("id", "username", "username_key", "display_name", "created_at"),
    *("locked_at", "lock_reason"),
)


@dataclass(frozen=True, slots=True)
class PresentAccount:
    """An account that is there already, as far as an import asks."""

    stored: PasswordHash | None
    address_keys: set[str] = field(default_factory=set)


def find_accounts(username_keys: Sequence[str]) -> dict[str, PresentAccount]:
    """Those of these names that are taken."""
    query = select(
        Account.id,
        Account.username_key,
        Account.password_hash,
        Account.password_scheme,
        Account.pepper_version,
    )
    rows = db.session.execute(query.where(Account.username_key.in_(username_keys))).all()
    found = {
        row.id: PresentAccount(
            PasswordHash(row.password_hash, row.password_scheme or "", row.pepper_version or "")
            if row.password_hash
            else None
        )
        for row in rows
    }
    addresses = select(EmailAddress.account_id, EmailAddress.address_key)
    if found:
        for account_id, key in db.session.execute(addresses.where(EmailAddress.account_id.in_(found))):
            found[account_id].address_keys.add(key)
    return {row.username_key: found[row.id] for row in rows}


def find_roles() -> set[str]:
    """The roles there are."""
    return set(db.session.scalars(select(Role.name)))


def find_owners(address_keys: Sequence[str]) -> set[str]:
    """Those of these addresses that somebody has verified, or may still return to."""
    if not address_keys:
        return set()
    verified = select(EmailAddress.address_key).where(
        EmailAddress.address_key.in_(address_keys), EmailAddress.verified_at.is_not(None)
    )
    former = select(FormerAddress.address_key).where(FormerAddress.address_key.in_(address_keys))
    return {*db.session.scalars(verified), *db.session.scalars(former)}


def add_accounts(rows: Sequence[dict[str, Any]]) -> None:
    """Store accounts with their address and roles."""
    if not rows:
        return
    db.session.execute(
        insert(Account),
        [
            {
                **{name: row[name] for name in _COPIED},
                "password_hash": row["password"] and row["password"].value,
                "password_scheme": row["password"] and row["password"].scheme,
                "pepper_version": row["password"] and row["password"].pepper_version,
                "password_changed_at": row["password"] and row["created_at"],
                "failures_in_a_row": 0,
                "factor_failures_in_a_row": 0,
                "version": 1,
            }
            for row in rows
        ],
    )
    db.session.execute(
        insert(EmailAddress),
        [
            {
                "id": new_id(),
                "account_id": row["id"],
                "address": row["address"].written,
                "address_key": row["address"].key,
                "verified_at": row["verified_at"],
                "created_at": row["created_at"],
            }
            for row in rows
        ],
    )
    held = [{"account_id": row["id"], "role_name": name} for row in rows for name in row["roles"]]
    db.session.execute(insert(AccountRole), held)
    search_index.renew(row["id"] for row in rows)
