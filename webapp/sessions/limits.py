"""How long a session may last, and how long it may lie idle; an administrator's much shorter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from webapp.config import current_settings
from webapp.core import clock
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from datetime import datetime

ADMINISTRATOR_IDLE = timedelta(minutes=30)
ADMINISTRATOR_ABSOLUTE = timedelta(hours=12)


class TimedSession(Protocol):
    """The moments of a session that its limits rest on."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def last_active_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class PassedLimit:
    """The limit that ended a session, and when it was reached."""

    cause: EndCause
    reached_at: datetime


def limits_of(session: TimedSession, *, is_administrator: bool) -> tuple[datetime, datetime]:
    """When the session ends at the latest, and when it ends unless it is used before."""
    idle, ends_at = current_settings().session_idle_limit, session.ends_at
    if is_administrator:
        idle = min(idle, ADMINISTRATOR_IDLE)
        ends_at = min(ends_at, session.created_at + ADMINISTRATOR_ABSOLUTE)
    return ends_at, session.last_active_at + idle


def passed_limit(session: TimedSession, *, is_administrator: bool) -> PassedLimit | None:
    """The limit the session is past, the earlier of two. An administrator's are short from when the role is held."""
    ends_at, idle_at = limits_of(session, is_administrator=is_administrator)
    moment = clock.now()
    if moment < min(ends_at, idle_at):
        return None
    if idle_at < ends_at:
        return PassedLimit(EndCause.IDLE, idle_at)
    return PassedLimit(EndCause.ABSOLUTE, ends_at)
