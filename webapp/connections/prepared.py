"""A call that is ready to be made, outside of any unit of work: while a service is waited for, no database is held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from webapp.connections.errors import AnswerEncoded, AnswerTooLarge
from webapp.connections.headers import pick_answered
from webapp.connections.masking import Mask, mask_text
from webapp.connections.passing import AnswerPieces
from webapp.connections.under_way import CallUnderWay, Desk, Use
from webapp.core.errors import Problem
from webapp.infra.outbound.errors import AddressRefused, UpstreamBroken, UpstreamUnreachable

if TYPE_CHECKING:
    from webapp.infra.outbound.exchanges import Head, Outbound
    from webapp.infra.outbound.targets import Target
    from webapp.infra.throttle import Throttle, Ticket

PAUSE_SECONDS: Final = 60.0
_STATUSES: Final = range(200, 600)
_EVENTS: Final = b"text/event-stream"


class Arriving(Protocol):
    """A body of known length that is handed through while it arrives."""

    @property
    def length(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call as it is sent, for people's eyes: stars stand for the key."""

    method: str
    url: str
    headers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. `pieces` must be closed by whoever iterates; `masked` is not known before its end."""

    status: int
    headers: list[tuple[str, str]]
    pieces: AnswerPieces


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call that may be made, once. Nothing of it belongs to the unit in which it was prepared."""

    use: Use
    shown_target: str
    shown_headers: list[tuple[str, str]]
    target: Target
    # The key is in these: they are shown to nobody, also not where an error is written down.
    path_and_query: bytes = field(repr=False)
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    forms: frozenset[bytes] = field(repr=False)
    body: bytes | Arriving | None = field(repr=False)
    answer_headers: tuple[str, ...]
    most_answered: int
    answer_seconds: int
    call_seconds: int
    calls_at_once: int
    tickets: tuple[Ticket, ...]
    desk: Desk
    outbound: Outbound
    throttle: Throttle

    @property
    def shown(self) -> ShownCall:
        """What is sent, for whoever tries the connection out."""
        url = f"{self.target.scheme}://{self.target.host_header}{self.shown_target}"
        headers = [("Host", self.target.host_header), *self.shown_headers]
        return ShownCall(
            self.use.method,
            mask_text(self.forms, url),
            [(name, mask_text(self.forms, value)) for name, value in headers],
        )

    def make(self) -> Answered:
        """Make it, and wait for the head of the answer.

        Raises CallsAtOnce, ConnectionsBusy, what Outbound raises, AnswerEncoded, AnswerTooLarge, and
        whatever ended it early: CallTooLong, UseEnded, DatabaseAway, a body that did not arrive.
        """
        use = self.use
        try:
            slot = self.desk.slots.take(use.connection_id, use.whose.account_id, self.calls_at_once)
        except Problem:
            self._give_back()
            raise
        try:
            call = CallUnderWay(use, self.outbound.exchange(), slot, self.desk, self.call_seconds)
        except BaseException:
            # No thread to watch it with: nothing else would give the place back.
            slot.leave()
            raise
        try:
            head = self._send(call)
            call.answer_began(head.status)
            return self._answered(call, head)
        except BaseException as failure:
            reason = call.reason_of(failure)
            if isinstance(reason, Problem):
                call.error = reason
            if isinstance(reason, AddressRefused | UpstreamUnreachable):
                self._give_back()
            call.note()
            if reason is failure:
                raise
            raise reason from None

    def _send(self, call: CallUnderWay) -> Head:
        body: bytes | Iterable[bytes] | None = self.body
        if isinstance(body, bytes):
            call.sent_bytes = len(body)
        elif body is not None:
            body = _counted(call, body)
        return call.exchange.send(
            self.target,
            self.use.method,
            self.path_and_query,
            self.headers,
            body,
            answer_seconds=self.answer_seconds,
            pause_seconds=PAUSE_SECONDS,
        )

    def _answered(self, call: CallUnderWay, head: Head) -> Answered:
        """Raises UpstreamBroken, AnswerEncoded, AnswerTooLarge: nothing of the answer has been passed on by then."""
        if head.status not in _STATUSES:
            raise UpstreamBroken
        # Each of them counts: a second one must not hide what the first one says.
        codings = [value for name, value in head.headers if name.lower() == b"content-encoding"]
        if any(value.strip().lower() not in {b"", b"identity"} for value in codings):
            raise AnswerEncoded
        given = {name.lower(): value for name, value in head.headers}
        length = given.get(b"content-length", b"").strip()
        has_body = self.use.method != "HEAD" and head.status not in {204, 304}
        if has_body and length.isdigit() and int(length[:18]) > self.most_answered:
            raise AnswerTooLarge
        headers = []
        for name, value in pick_answered(head.status, head.headers, self.answer_headers):
            masked = mask_text(self.forms, value)
            call.masked += masked != value
            headers.append((name, masked))
        is_events = given.get(b"content-type", b"").partition(b";")[0].strip().lower() == _EVENTS
        pieces = AnswerPieces(
            call,
            Mask(self.forms),
            self.most_answered,
            has_body=has_body,
            tells_of_end=is_events and not length,
        )
        return Answered(head.status, headers, pieces)

    def _give_back(self) -> None:
        """The service was never reached: that is no use of it."""
        for ticket in self.tickets:
            self.throttle.give_back(ticket)


def read_start(answered: Answered, most: int = 4096) -> tuple[bytes, bool]:
    """The beginning of an answer's body, and whether that is all of it. Closes it."""
    start = b""
    try:
        for piece in answered.pieces:
            start += piece
            if len(start) > most:
                return start[:most], False
    finally:
        answered.pieces.close()
    return start, True


def _counted(call: CallUnderWay, body: Iterable[bytes]) -> Iterator[bytes]:
    for piece in body:
        call.sent_bytes += len(piece)
        yield piece
