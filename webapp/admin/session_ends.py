"""Why somebody was signed out, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.admin import store
from webapp.admin.sentences import cause_in_words
from webapp.sessions.history import list_ended_sessions

if TYPE_CHECKING:
    from webapp.sessions.history import EndedSession


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
