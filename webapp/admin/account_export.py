"""Copies of the accounts as files, made while they are sent. An import takes what is in them; no password is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.admin import account_list_store as store
from webapp.admin.account_filters import NAMES, Criteria
from webapp.admin.account_list import state_of
from webapp.admin.export_files import as_csv, as_json_lines, read_in_batches, take_place
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.accounts.models import Account
    from webapp.admin.export_files import AtWork, Rows

COLUMNS: Final = (
    *("id", "username", "display_name", "email", "email_verified", "state", "roles", "second_factor"),
    *("created_at", "last_signed_in_at", "locked_at", "lock_reason"),
)
# So many accounts are looked through in one unit, however few of them match.
_STRETCH = 1_000


def begin_export(
    criteria: Criteria, form: str, *, actor_id: str | None, session_id: str | None, at_work: AtWork
) -> Iterator[bytes]:
    """Record that somebody takes a copy, and return its pieces, by id. Raises ExportUnderWay.

    `at_work` enters the application, in which each batch is read, for as long as the session may read it.
    """
    place = take_place(actor_id or "")
    # What was searched for may be somebody's name or address, which is not to be kept for ever.
    filters = {name: getattr(criteria, name) for name in NAMES if name != "q" and getattr(criteria, name)}
    detail: dict[str, object] = {"format": form, "filters": filters, "searched": bool(criteria.q)}
    record_event(EventName.ACCOUNTS_EXPORTED, actor_id=actor_id, detail=detail)

    def read(last: str) -> tuple[Rows, str | None]:
        reached, found = store.list_stretch(criteria, last, _STRETCH)
        return [_row(each) for each in found], reached

    batches = read_in_batches(read, "", what="accounts", session_id=session_id, at_work=at_work, place=place)
    return as_csv(COLUMNS, batches) if form == "csv" else as_json_lines(batches)


def _row(account: Account) -> dict[str, Any]:
    """One account under the names of the columns."""
    email = account.email
    return {
        "id": account.id,
        "username": account.username,
        "display_name": account.display_name,
        "email": email.address if email else None,
        "email_verified": email is not None and email.verified_at is not None,
        "state": state_of(account),
        "roles": account.role_names,
        "second_factor": account.second_factor_since is not None,
        "created_at": _written(account.created_at),
        "last_signed_in_at": _written(account.last_signed_in_at),
        "locked_at": _written(account.locked_at),
        "lock_reason": account.lock_reason if account.is_locked else None,
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
