"""Looks at the calls under way: who takes too long is cut, and so is who may not use the connection any more.

Two threads for each process, which begin with its first call. One only counts seconds; the other asks the database, and
when that hangs, the first one notices: what nobody could confirm lately ends as if it had been refused.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from webapp.connections.errors import CallTooLong, UseEnded
from webapp.connections.watch_store import find_scope
from webapp.core import clock
from webapp.core.errors import Unavailable
from webapp.infra.database import DatabaseAway, reading_alone
from webapp.sessions.errors import SessionEnded
from webapp.sessions.service import require_standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.core.errors import Problem

# As long as a service may pause in an answer, its reader may.
UNREAD_SECONDS: Final = 60.0
# So long after its end, whoever still does not read keeps a thread of the server's, but nobody's place: up to so many.
STRANDED_SECONDS: Final = 5.0
MOST_STRANDED: Final = 64
# A call whose right is gone ends at the next question or, without an answer to that, once the last good one is too old:
# in either case within five seconds.
LOOK_SECONDS: Final = 1.0
ASK_SECONDS: Final = 2.0
OLDEST_SECONDS: Final = 4.0
_log = logging.getLogger("latchkey.connections")


class Watched(Protocol):
    """A call under way. Moments are those of `clock.monotonic`.

    `good_at` is when the question began whose answer last confirmed its right. Without a session nobody is asked: an
    administrator tries the connection out. `handed_at`: since when the reader has not taken what there is.
    """

    ends_at: float
    good_at: float

    @property
    def session_id(self) -> str | None: ...
    @property
    def connection_id(self) -> str: ...
    @property
    def handed_at(self) -> float | None: ...
    def end(self, why: Problem) -> None: ...
    def strand(self) -> None: ...


class CallWatch:
    """`put_to_work` makes the application the one at work in the thread that asks."""

    def __init__(self, put_to_work: Callable[[], object]) -> None:
        self._put_to_work = put_to_work
        # With the moment at which each was ended here, if it was.
        self._calls: dict[Watched, float | None] = {}
        self._stranded: set[Watched] = set()
        self._some = threading.Event()
        self._starting = threading.Lock()
        self._is_started = False
        self._to_start = [(self.look, LOOK_SECONDS), (self._try_to_ask, ASK_SECONDS)]

    def add(self, call: Watched) -> None:
        """Watch it from now on; it has just been found to be allowed."""
        if not self._is_started:
            self._start()
        self._calls[call] = None
        self._some.set()

    def remove(self, call: Watched) -> None:
        """It is over."""
        self._calls.pop(call, None)
        self._stranded.discard(call)

    def end_all(self) -> None:
        """The server stops."""
        for call in list(self._calls):
            self._end(call, Unavailable())

    def look(self) -> None:
        """End what takes too long, what nobody reads, and what nobody could confirm lately."""
        moment = clock.monotonic()
        for call, ended_at in list(self._calls.items()):
            if ended_at is not None:
                self._make_room(call, moment - ended_at)
            elif moment >= call.ends_at or moment - (call.handed_at or moment) >= UNREAD_SECONDS:
                self._end(call, CallTooLong())
            elif call.session_id is not None and moment - call.good_at >= OLDEST_SECONDS:
                self._end(call, DatabaseAway(retry_after=2))

    def ask(self) -> None:
        """Ask for each call whether session, right and connection still stand. Raises DatabaseAway."""
        self._put_to_work()
        for call in [each for each in list(self._calls) if each.session_id is not None]:
            moment = clock.monotonic()
            if _may_go_on(call):
                call.good_at = moment
            else:
                self._end(call, UseEnded())

    def _end(self, call: Watched, why: Problem) -> None:
        if call in self._calls:
            self._calls[call] = clock.monotonic()
        call.end(why)

    def _make_room(self, call: Watched, seconds: float) -> None:
        """For whoever is not back after the end, since their reader takes nothing: a place is not theirs for ever."""
        is_stranded = call in self._stranded
        if seconds >= STRANDED_SECONDS and not is_stranded and len(self._stranded) < MOST_STRANDED:
            self._stranded.add(call)
            call.strand()

    def _start(self) -> None:
        with self._starting:
            # One that cannot be started now is started with the next call: unwatched, none is made.
            while self._to_start:
                threading.Thread(
                    target=self._run, args=self._to_start[0], name="connection-calls", daemon=True
                ).start()
                del self._to_start[0]
            self._is_started = True

    def _run(self, work: Callable[[], None], seconds: float) -> None:
        while True:
            self._some.wait()
            time.sleep(seconds)
            work()
            if not self._calls:
                self._some.clear()
                # A call that began just before the line above would otherwise go unwatched until the next one.
                if self._calls:
                    self._some.set()

    def _try_to_ask(self) -> None:
        try:
            self.ask()
        except DatabaseAway:
            _log.warning("the rights of calls under way could not be looked at: the database is away")
        except Exception:  # noqa: BLE001 - whatever it was, the calls end unless the next question is answered
            _log.exception("the rights of calls under way could not be looked at")


def _may_go_on(call: Watched) -> bool:
    assert call.session_id is not None
    with reading_alone():
        scope = find_scope(call.connection_id)
        try:
            return scope is not None and scope in require_standing(call.session_id).scopes
        except SessionEnded:
            return False
