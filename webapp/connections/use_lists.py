"""Who used a connection most, and the single calls of it: pages of a list, found by their keys."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.accounts.errors import AccountNotFound
from webapp.accounts.service import get_account
from webapp.connections import use_lists_store as store
from webapp.connections.use import charted_since
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.paging import Page

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.connections.models import ConnectionCall
    from webapp.core.paging import Cursor

PEOPLE_SHOWN: Final = 10
CALLS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class PersonsUse:
    """One person's use of a connection in the charted days."""

    account_id: str
    name: str
    username: str
    calls: int
    errors: int
    sent_bytes: int
    answered_bytes: int
    last_hour: datetime


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One call and whose it was. `explanation` says in a sentence what this application had to say of it."""

    call: ConnectionCall
    name: str
    explanation: str

    @property
    def is_error(self) -> bool:
        """Whether it did not do what the caller wanted."""
        return self.call.error is not None or self.call.status is None or self.call.status >= 400


def page_of_people(connection_id: str, cursor: Cursor | None) -> Page[PersonsUse]:
    """Whoever used it in the charted days, most calls first."""
    since = charted_since(clock.now())
    page = store.page_of_people(connection_id, since, cursor, PEOPLE_SHOWN)
    rows = [PersonsUse(*row) for row in page.rows]
    return Page(rows, page.newer, page.older)


def page_of_calls(connection_id: str, cursor: Cursor | None, account_id: str = "") -> Page[ListedCall]:
    """Its calls, latest first; those of one person where an account is named."""
    page = store.page_of_calls(connection_id, account_id, cursor, CALLS_SHOWN)
    rows = [ListedCall(call, name, explain(call.error)) for call, name in page.rows]
    return Page(rows, page.newer, page.older)


def name_of(account_id: str) -> str:
    """What to call whoever has this id; nothing where nobody has."""
    with suppress(AccountNotFound):
        return get_account(account_id).display_name
    return ""


def explain(code: str | None) -> str:
    """The public sentence of a refusal of ours; nothing for none, and for one of an older release."""
    found = Problem.catalogue.get(code or "")
    return found.message if found else ""
