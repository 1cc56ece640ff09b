"""The list of accounts as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.admin import account_list_store as store

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.core.paging import Cursor, Page


@dataclass(frozen=True, slots=True)
class AccountList:
    """A page of accounts; `matching` is None where nothing is filtered."""

    page: Page[Account]
    total: int
    matching: int | None


def list_accounts(filters: dict[str, str], cursor: Cursor | None) -> AccountList:
    """Accounts by the filters q, state and role."""
    q, state, role = filters["q"], filters["state"], filters["role"]
    is_filtered = bool(q or role or state not in {"", "any"})
    return AccountList(
        page=store.page_of_accounts(q=q, state=state, role=role, cursor=cursor),
        total=store.count_accounts(),
        matching=store.count_accounts(q=q, state=state, role=role) if is_filtered else None,
    )


def state_of(account: Account) -> str:
    """active, locked or unverified."""
    if account.is_locked:
        return "locked"
    return "active" if account.is_verified else "unverified"
