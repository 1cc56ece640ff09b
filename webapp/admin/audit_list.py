"""The audit trail as its page and an account's page show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.admin import audit_list_store as store
from webapp.admin.store import names_of

if TYPE_CHECKING:
    from webapp.core.paging import Cursor, Page
    from webapp.infra.models import AuditEvent


def find_events(
    *, name: str, who: str, result: str, cursor: Cursor | None
) -> tuple[Page[AuditEvent], dict[str, str]]:
    """Events that match, and what the people in them are called. `who` is an id, a username or an address."""
    account_ids = store.ids_matching(who) if who else None
    return _named(store.page_of_events(name=name, account_ids=account_ids, result=result, cursor=cursor))


def latest_events_of(account_id: str, size: int = 8) -> tuple[Page[AuditEvent], dict[str, str]]:
    """What happened to one account, and by it, last."""
    return _named(store.page_of_events(name="", account_ids=[account_id], result="", cursor=None, size=size))


def _named(page: Page[AuditEvent]) -> tuple[Page[AuditEvent], dict[str, str]]:
    ids = {each for row in page.rows for each in (row.account_id, row.actor_id) if each}
    return page, names_of(ids)
