"""The console's lists as its pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.admin import store

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.core.paging import Cursor, Page
    from webapp.infra.models import AuditEvent


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


def find_events(
    *, name: str, who: str, result: str, cursor: Cursor | None
) -> tuple[Page[AuditEvent], dict[str, str]]:
    """Events that match, and what the people in them are called. `who` is an id, a username or an address."""
    account_ids = store.ids_matching(who) if who else None
    return _named(store.page_of_events(name=name, account_ids=account_ids, result=result, cursor=cursor))


def latest_events_of(account_id: str, size: int = 8) -> tuple[Page[AuditEvent], dict[str, str]]:
    """What happened to one account, and by it, last."""
    return _named(store.page_of_events(name="", account_ids=[account_id], result="", cursor=None, size=size))


def state_of(account: Account) -> str:
    """active, locked or unverified."""
    if account.is_locked:
        return "locked"
    return "active" if account.is_verified else "unverified"


def _named(page: Page[AuditEvent]) -> tuple[Page[AuditEvent], dict[str, str]]:
    ids = {each for row in page.rows for each in (row.account_id, row.actor_id) if each}
    return page, store.names_of(ids)
