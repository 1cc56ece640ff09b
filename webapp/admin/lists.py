"""The console's lists as its pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.admin import store
from webapp.admin.sentences import cause_in_words
from webapp.sessions.history import list_ended_sessions

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.core.paging import Cursor, Page
    from webapp.infra.models import AuditEvent
    from webapp.sessions.history import EndedSession


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


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """A session that is over, with its cause in words and who else ended it, if somebody did."""

    session: EndedSession
    cause: str
    actor: str | None


def ended_sessions_of(account_id: str) -> list[SessionEnd]:
    """The account's sessions that ended last."""
    ended = list_ended_sessions(account_id)
    # A session ends once; some more events than sessions, since those of one moment may be stored in any order.
    actors = store.actors_of_ends(account_id, 2 * len(ended)) if ended else {}
    names = store.names_of({each for each in actors.values() if each and each != account_id})
    return [
        SessionEnd(each, cause_in_words(each.cause), names.get(actors.get(each.id) or "")) for each in ended
    ]


def state_of(account: Account) -> str:
    """active, locked or unverified."""
    if account.is_locked:
        return "locked"
    return "active" if account.is_verified else "unverified"


def _named(page: Page[AuditEvent]) -> tuple[Page[AuditEvent], dict[str, str]]:
    ids = {each for row in page.rows for each in (row.account_id, row.actor_id) if each}
    return page, store.names_of(ids)
