"""Every query of the list of accounts."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import selectinload

from webapp.accounts.models import Account, AccountRole, EmailAddress
from webapp.admin.keyset import microseconds_of, moment_of, page_by_key
from webapp.infra.database import db

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from webapp.core.paging import Cursor, Page


def page_of_accounts(*, q: str, state: str, role: str, cursor: Cursor | None) -> Page[Account]:
    """Accounts that match, newest first."""
    query = select(Account).where(*_account_conditions(q, state, role))
    query = query.options(selectinload(Account.emails), selectinload(Account.roles))
    key = (Account.created_at, Account.id)
    edge = (moment_of(cursor.key[0]), cursor.key[1]) if cursor else None
    return page_by_key(query, key, cursor, edge, lambda row: (microseconds_of(row.created_at), row.id))


def count_accounts(*, q: str = "", state: str = "", role: str = "") -> int:
    """How many accounts match."""
    query = select(func.count()).select_from(Account).where(*_account_conditions(q, state, role))
    return db.session.scalar(query) or 0


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
