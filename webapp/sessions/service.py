"""What may happen to sessions: start, standing, activity, end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.accounts import store as accounts
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.core.origin import current_origin
from webapp.infra.audit import bits_of_address, record_event
from webapp.infra.database import find_row, keep_so_far
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import SESSIONS_STARTED
from webapp.sessions import store
from webapp.sessions.causes import EndCause
from webapp.sessions.devices import describe_device
from webapp.sessions.errors import SessionEnded, SessionNotFound
from webapp.sessions.limits import ADMINISTRATOR_ABSOLUTE, passed_limit
from webapp.sessions.models import Session
from webapp.sessions.standing import PROOF_LIFETIME, Standing, new_standing, require_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.accounts.models import Account

__all__ = ["Standing", "new_standing"]
# More devices than anybody has; without a bound, ending them all could take as long as somebody wishes.
MOST_SESSIONS = 50
ACTIVITY_STEP = timedelta(seconds=60)
_ENDS_AT_ONCE = 2_000


def start_session(account: Account, methods: str = "pwd", *, is_proof: bool = True) -> Session:
    """A new session for somebody who has just proved who they are.

    `is_proof`: whether they gave what a fresh proof takes; a trusted device is let in for less.
    """
    for excess in store.list_excess(account.id, MOST_SESSIONS - 1):
        end_session(excess, account.id, EndCause.DISPLACED)
    origin = current_origin()
    moment = clock.now()
    limit = current_settings().session_absolute_limit
    if account.has_administration:
        limit = min(limit, ADMINISTRATOR_ABSOLUTE)
    session = Session(
        id=new_id(),
        account_id=account.id,
        device=describe_device(origin.user_agent),
        address=origin.address[:45],
        address_bits=bits_of_address(origin.address),
        methods=methods,
        created_at=moment,
        authenticated_at=moment,
        proved_at=moment if is_proof else moment - PROOF_LIFETIME,
        last_active_at=moment,
        ends_at=moment + limit,
        counter=1,
        received=1,
    )
    store.add(session)
    count(SESSIONS_STARTED)
    return session


def require_standing(session_id: str) -> Standing:
    """The session, if it is open, with its account. Raises SessionEnded with the cause.

    The one authority: tokens and pages that name the session are worth what this says now (RFC 9068 tokens included).
    """
    return require_open(find_row(store.STANDING, session_id=session_id))


def hold_session(standing: Standing) -> None:
    """What `require_standing` says next stays true until the unit ends: no act outlives its actor's rights."""
    # In the order of whoever changes an account (accounts.service.hold_account): two who act on each other, or a person
    # and an administrator on the same account, would each hold what the other waits for; they queue here instead.
    accounts.hold_administrators()
    # Held for a change from the start: two acts of one person would otherwise both share it, and wait for each other.
    accounts.hold_account(standing.account_id)
    store.hold_standing(standing.session_id)


def _limit_passed(session: Session, account: Account) -> EndCause | None:
    passed = passed_limit(session, is_administrator=account.has_administration)
    return passed.cause if passed else None


def needs_activity_note(standing: Standing) -> bool:
    """Whether this use should be written down: at most once a minute for each session."""
    return clock.now() - standing.last_active_at >= ACTIVITY_STEP


def note_activity(session_id: str) -> None:
    """The person used the session. Renewing a token alone is not use."""
    address = current_origin().address
    store.note_activity(session_id, clock.now(), address[:45], bits_of_address(address))


def end_session(session_id: str, account_id: str, cause: EndCause, *, actor_id: str | None = None) -> bool:
    """End one session and record it; False when it was over already."""
    if not store.end(session_id, cause, clock.now()):
        return False
    record_end(session_id, account_id, cause, actor_id=actor_id)
    return True


def record_end(session_id: str, account_id: str, cause: EndCause, *, actor_id: str | None = None) -> None:
    """Write the end of a session into the audit trail."""
    record_event(
        EventName.SESSION_ENDED,
        account_id=account_id,
        actor_id=actor_id,
        session_id=session_id,
        detail={"cause": str(cause)},
    )


def end_all_sessions(
    account_id: str, cause: EndCause, *, besides: str | None = None, actor_id: str | None = None
) -> int:
    """End every open session of an account; the number ended."""
    ended = store.end_all(account_id, besides, cause, clock.now())
    for each in ended:
        record_end(each, account_id, cause, actor_id=actor_id)
    return len(ended)


def end_every_session(cause: EndCause, *, actor_id: str | None = None) -> int:
    """End every open session of everybody, the actor's too; the number ended. One event tells of all.

    In batches, each stored at once with all that the unit did before: no statement takes too long, and others write in
    between. Sessions begun meanwhile stay.
    """
    moment, number = clock.now(), 0
    while ended := store.end_everyones(cause, moment, _ENDS_AT_ONCE):
        number += ended
        keep_so_far()
    record_event(EventName.SESSIONS_ENDED, actor_id=actor_id, detail={"cause": str(cause), "count": number})
    return number


def list_sessions(account: Account) -> Sequence[Session]:
    """The account's sessions that would be accepted now, latest use first."""
    found = store.list_open(account.id, clock.now())
    return [each for each in found if _limit_passed(each, account) is None]


def has_session(account: Account, session_id: str) -> bool:
    """Whether the account has or had a session by that id."""
    found = store.find_session(session_id)
    return found is not None and found.account_id == account.id


def end_own_session(account: Account, session_id: str, *, current_id: str) -> None:
    """A person ends one of their sessions. Raises SessionNotFound, also for somebody else's."""
    mine = {each.id for each in list_sessions(account)}
    if session_id not in mine:
        raise SessionNotFound
    cause = EndCause.SIGNED_OUT if session_id == current_id else EndCause.SIGNED_OUT_ELSEWHERE
    end_session(session_id, account.id, cause)


def find_end_cause(session_id: str) -> EndCause | None:
    """Why a session ended, or None while it stands or when nobody knows it."""
    session = store.find_session(session_id)
    if session is None:
        return None
    try:
        require_standing(session_id)
    except SessionEnded as ended:
        return EndCause(str(ended.extra["cause"]))
    return None
