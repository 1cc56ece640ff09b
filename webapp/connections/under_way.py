"""One call while it is under way: what it holds, how it may be ended, and what is written down once it is over."""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webapp.connections.pace import Pace
from webapp.connections.slots import CallSlots
from webapp.connections.use import CallNote, note_call
from webapp.connections.watch import CallWatch
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.limit import Limit
from webapp.core.origin import current_origin, set_origin
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import DatabaseAway, unit_of_work
from webapp.infra.outbound.errors import AddressRefused, ExchangeCut, UpstreamBroken
from webapp.infra.throttle import Throttle, TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.connections.slots import Slot
    from webapp.core.errors import Problem
    from webapp.infra.outbound.exchanges import Exchange

    AtWork = Callable[[], AbstractContextManager[Any]]

# An address that is refused is refused to each call: the trail hears of it now and then.
_ADDRESS_LANE: Final = "connection-address"
_ADDRESS_TOLD: Final = Limit(1, 60)
_PATIENCE_MILLISECONDS: Final = 2_000
_log = logging.getLogger("latchkey.connections")


@dataclass(frozen=True, slots=True)
class Desk:
    """What calls of one process have in common. `at_work` enters the application, for what is written down later."""

    slots: CallSlots
    watch: CallWatch
    pace: Pace
    at_work: AtWork


@dataclass(frozen=True, slots=True)
class Whose:
    """Who calls. No session: an administrator tries the connection out, which is no use of it."""

    account_id: str
    session_id: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Use:
    """Whose call of what it is. `path` is as people may see it."""

    connection_id: str
    name: str
    whose: Whose
    method: str
    path: str


class CallUnderWay:
    """From the moment when it has a place until its answer has been passed on, or nobody wants it any more."""

    def __init__(self, use: Use, exchange: Exchange, slot: Slot, desk: Desk, seconds: float) -> None:
        self.use = use
        self.exchange = exchange
        self.status: int | None = None
        self.error: Problem | None = None
        self.sent_bytes = self.answered_bytes = self.masked = 0
        self.good_at = self._begun_at = clock.monotonic()
        self.ends_at = self._begun_at + seconds
        self._at = clock.now()
        self._origin = current_origin()
        self._first_byte_at: float | None = None
        self._handed_at: float | None = None
        self._slot = slot
        self._desk = desk
        self._ended_by: Problem | None = None
        self._lock = threading.Lock()
        self._is_finished = self._is_noted = False
        desk.watch.add(self)

    def take_in(self, piece: bytes) -> None:
        """It has arrived. Returns once its turn has come."""
        self.answered_bytes += len(piece)
        self._desk.pace.keep(len(piece))

    def hand_over(self, piece: bytes) -> bytes:
        """It goes to whoever reads the answer."""
        self._handed_at = clock.monotonic()
        return piece

    def was_taken(self) -> None:
        """They want the next one."""
        self._handed_at = None

    @property
    def handed_at(self) -> float | None:
        """Since when a piece waits for its reader."""
        return self._handed_at

    @property
    def session_id(self) -> str | None:
        """Whose right it rests on."""
        return self.use.whose.session_id

    @property
    def connection_id(self) -> str:
        """Which connection."""
        return self.use.connection_id

    def end(self, why: Problem) -> None:
        """Cut it, from another thread; the first reason stays."""
        with self._lock:
            self._ended_by = self._ended_by or why
        self.exchange.cut()

    def strand(self) -> None:
        """Make room for others, though a thread of the server's still waits for the reader: nothing else is held."""
        self._slot.leave()

    def answer_began(self, status: int) -> None:
        """The head of the answer is there."""
        self.status = status
        self._first_byte_at = clock.monotonic()

    def reason_of(self, failure: BaseException) -> BaseException:
        """What its caller is told of a failure: who cut it knows why."""
        if not isinstance(failure, ExchangeCut):
            return failure
        return self._ended_by or UpstreamBroken()

    def finish(self) -> None:
        """Give back all that it holds. It may be said more than once, and from any thread."""
        with self._lock:
            if self._is_finished:
                return
            self._is_finished = True
        self._desk.watch.remove(self)
        try:
            self.exchange.close()
        finally:
            self._slot.leave()

    def note(self) -> None:
        """Write down, once, that it was and how it went; best effort, in units of its own."""
        self.finish()
        with self._lock:
            if self._is_noted:
                return
            self._is_noted = True
        over_at = clock.monotonic()
        with self._desk.at_work():
            set_origin(self._origin)
            self._record_events()
            if self.use.whose.session_id is not None:
                note_call(self._as_note(self.use.whose.session_id, over_at))

    def _as_note(self, session_id: str, over_at: float) -> CallNote:
        first = self._first_byte_at
        return CallNote(
            connection_id=self.use.connection_id,
            account_id=self.use.whose.account_id,
            session_id=session_id,
            at=self._at,
            method=self.use.method,
            path=self.use.path,
            status=self.status,
            error=self.error.code if self.error is not None else None,
            sent_bytes=self.sent_bytes,
            answered_bytes=self.answered_bytes,
            first_byte_ms=None if first is None else _milliseconds(first - self._begun_at),
            milliseconds=_milliseconds(over_at - self._begun_at),
            request_id=self.use.whose.request_id,
            masked=self.masked,
        )

    def _record_events(self) -> None:
        try:
            for name, is_failure in self._events():
                with unit_of_work(patience=_PATIENCE_MILLISECONDS):
                    record_event(
                        name,
                        account_id=self.use.whose.account_id,
                        session_id=self.use.whose.session_id,
                        result="failure" if is_failure else "success",
                        detail={"name": self.use.name},
                    )
        except DatabaseAway:
            _log.warning("an event of a call was not recorded: the database is locked or away")

    def _events(self) -> Iterator[tuple[EventName, bool]]:
        if self.masked:
            yield EventName.CONNECTION_KEY_ECHOED, False
        if isinstance(self.error, AddressRefused):
            try:
                part(Throttle).count(_ADDRESS_LANE, self.use.connection_id, _ADDRESS_TOLD)
            except TooManyAttempts:
                return
            yield EventName.CONNECTION_ADDRESS_REFUSED, True


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
