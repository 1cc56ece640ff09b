"""Ending sessions of others: one, some, or everybody's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from webapp.accounts import service as accounts
from webapp.admin.authority import BeyondReach, require_reach
from webapp.admin.service import OwnAccount
from webapp.admin.session_list import describe_sessions
from webapp.core.errors import InvalidInput
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionNotFound
from webapp.sessions.purge import mark_outlived

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.admin.session_list import ListedSession
    from webapp.sessions.service import Standing

# Two pages of the list: each is a change and an event of its own, in one unit.
MOST_AT_ONCE: Final = 100
Outcome = Literal["ended", "over", "own", "beyond_reach", "unknown"]


def look_at(session_ids: Iterable[str], standing: Standing) -> list[ListedSession]:
    """The sessions that these ids name, as they stand. Changes nothing. Raises InvalidInput for too many."""
    wanted = list(dict.fromkeys(session_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInput(
            f"End at most {MOST_AT_ONCE} sessions at a time. Nothing was changed: select fewer."
        )
    return describe_sessions(wanted, standing)


def end_session(session_id: str, standing: Standing) -> tuple[ListedSession, bool]:
    """End one session; whose it was, and whether it was open till now.

    Raises SessionNotFound, BeyondReach, and OwnAccount for the session that whoever asks is in.
    """
    found = describe_sessions([session_id], standing)
    if not found:
        raise SessionNotFound
    outcome = _end(found[0], standing)
    if outcome == "own":
        raise OwnAccount("This is the session you are in. Sign out to end it.")
    if outcome == "beyond_reach":
        raise BeyondReach
    return found[0], outcome == "ended"


def end_selected(session_ids: Iterable[str], standing: Standing) -> Counter[Outcome]:
    """End those of these sessions that are within reach; what became of how many. Raises InvalidInput."""
    wanted = set(session_ids)
    # In one order, so that two administrators with the same selection do not wait for each other.
    found = look_at(sorted(wanted), standing)
    counts: Counter[Outcome] = Counter(_end(each, standing) for each in found)
    counts["unknown"] = len(wanted) - len(found)
    return counts


def end_everyones(standing: Standing) -> int:
    """End every open session of everybody, the one of whoever asks too; how many those were."""
    return sessions.end_every_session(EndCause.ADMINISTRATOR, actor_id=standing.account_id)


def _end(session: ListedSession, standing: Standing) -> Outcome:
    if session.is_own:
        return "own"
    try:
        require_reach(standing, accounts.get_account(session.account_id))
    except BeyondReach:
        return "beyond_reach"
    # Past a limit it has ended for that, and not because somebody says so now.
    if session.state == "over":
        mark_outlived([session.id])
        return "over"
    is_ended = sessions.end_session(
        session.id, session.account_id, EndCause.ADMINISTRATOR, actor_id=standing.account_id
    )
    return "ended" if is_ended else "over"
