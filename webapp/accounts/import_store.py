"""Every query of an import: many accounts in a few statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from webapp.accounts import search_index
from webapp.accounts.models import Account, AccountRole, EmailAddress, FormerAddress
from webapp.accounts.password_hashing import PasswordHash
from webapp.core.opaque import new_id
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class PresentAccount:
    """An account that is there already, as far as an import asks."""

    stored: PasswordHash | None


def find_accounts(username_keys: Sequence[str]) -> dict[str, PresentAccount]:
    """Those of these names that are taken."""
    query = select(
        Account.username_key, Account.password_hash, Account.password_scheme, Account.pepper_version
    )
    rows = db.session.execute(query.where(Account.username_key.in_(username_keys)))
    return {
        key: PresentAccount(PasswordHash(value, scheme or "", version or "") if value else None)
        for key, value, scheme, version in rows
    }


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
    """Store accounts with their address and the role `user`."""
    if not rows:
        return
    db.session.execute(
        insert(Account),
        [
            {
                **{
                    name: row[name]
                    for name in ("id", "username", "username_key", "display_name", "created_at")
                },
                "password_hash": row["password"].value,
                "password_scheme": row["password"].scheme,
                "pepper_version": row["password"].pepper_version,
                "password_changed_at": row["created_at"],
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
    db.session.execute(insert(AccountRole), [{"account_id": row["id"], "role_name": "user"} for row in rows])
    search_index.renew(row["id"] for row in rows)
