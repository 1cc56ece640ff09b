"""Why somebody was signed out, and by whom; and why they did not get in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.admin import session_ends_store as store
from webapp.admin.sentences import cause_in_words
from webapp.admin.store import names_of
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.paging import Page
from webapp.infra.audit import read_detail
from webapp.sessions.causes import EndCause
from webapp.sessions.devices import describe_device
from webapp.sessions.methods import methods_in_words

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.core.paging import Cursor
    from webapp.infra.models import AuditEvent

_DAY: Final = timedelta(days=1)
_REFUSALS: Final = {
    "locked": "Refused, because the account was locked",
    "deletion_ordered": "Refused, because the account was to be deleted",
    "unverified": "Refused, because no address was verified",
    "password_voided": "Refused, because the password was void",
    "too_many_failures": "Refused, because too many wrong passwords came before the right one",
}
_FAILURES: Final[dict[str, str]] = {
    EventName.LOGIN_FAILED: "The password was wrong",
    EventName.FACTOR_FAILED: "The password was right, and the second step was wrong",
}


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """A session that is over, with its cause in words and who else ended it, if somebody did.

    `request_id` is that of the request that ended it; None where none did.
    """

    id: str
    device: str
    address: str
    methods: str
    created_at: datetime
    ended_at: datetime
    cause: str
    actor: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class FailedSignIn:
    """A sign-in that came to nothing, and why."""

    reason: str
    device: str
    address: str
    occurred_at: datetime
    request_id: str


def ended_sessions_of(account_id: str, cursor: Cursor | None = None, *, size: int = 10) -> Page[SessionEnd]:
    """The account's sessions that are over, latest end first, as long as they are kept (see sessions/purge)."""
    found = store.page_of_ended(account_id, cursor, size)
    ended = [(each, each.ended_at) for each in found.rows if each.ended_at is not None]
    if not ended:
        return Page([], None, None)
    ends = store.ends_of(account_id, [each.id for each, _ in ended], min(moment for _, moment in ended))
    actors = {each.actor_id for each in ends.values()} - {None, account_id}
    names = names_of({each for each in actors if each})
    rows = [
        SessionEnd(
            each.id,
            each.device,
            each.address,
            methods_in_words(each.methods),
            each.created_at,
            moment,
            cause_in_words(EndCause(each.end_cause or EndCause.SIGNED_OUT)),
            _actor(ends.get(each.id), account_id, names),
            _request_id(ends.get(each.id)),
        )
        for each, moment in ended
    ]
    return Page(rows, found.newer, found.older)


def failed_sign_ins_of(account_id: str, size: int) -> list[FailedSignIn]:
    """Sign-ins of the last day that came to nothing, latest first."""
    return [
        FailedSignIn(
            _reason(each),
            describe_device(each.user_agent),
            each.address,
            each.occurred_at,
            each.request_id,
        )
        for each in store.list_failures(account_id, clock.now() - _DAY, size)
    ]


def _actor(end: store.End | None, account_id: str, names: dict[str, str]) -> str | None:
    if end is None or end.actor_id == account_id:
        return None
    if end.actor_id is not None:
        return names.get(end.actor_id, "a deleted account")
    return "somebody at the console" if end.via == "command" else None


def _request_id(end: store.End | None) -> str | None:
    return end.request_id if end is not None and end.via == "request" and end.request_id else None


def _reason(event: AuditEvent) -> str:
    if event.name == EventName.LOGIN_REFUSED:
        return _REFUSALS.get(str((read_detail(event) or {}).get("reason")), "It was refused")
    return _FAILURES.get(event.name, "It failed")
