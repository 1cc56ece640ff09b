"""The body of an answer on its way through: counted, masked, and ended early where it has to be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from webapp.connections.errors import AnswerTooLarge
from webapp.core.errors import Problem
from webapp.infra.outbound.errors import ExchangeCut

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from webapp.connections.masking import Mask
    from webapp.connections.under_way import CallUnderWay


class AnswerPieces:
    """Pieces as they arrive, none of them empty. Whoever iterates closes it: also when nobody wants the rest."""

    def __init__(
        self, call: CallUnderWay, mask: Mask, most: int, *, has_body: bool, tells_of_end: bool
    ) -> None:
        self._call = call
        self._mask = mask
        self._most = most
        self._has_body = has_body
        self._tells_of_end = tells_of_end
        self._pieces = self._pass_on()

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Give back what the call holds, and write down how it went."""
        if not self._has_body:
            # Nobody iterates over nothing; whoever has come to its end may leave the connection to the next call.
            for _ in self._pieces:
                pass
        self._pieces.close()
        self._call.note()

    def __del__(self) -> None:
        # Nobody began to iterate: an answer that failed on its way to the server.
        self._call.finish()

    def _pass_on(self) -> Generator[bytes]:
        call, last = self._call, b""
        try:
            for piece in call.exchange.pieces():
                call.take_in(piece)
                if call.answered_bytes > self._most:
                    raise AnswerTooLarge
                # An empty piece would be the end of a chunked body (RFC 9112, section 7.1).
                if sure := self._mask.feed(piece):
                    last = sure
                    yield call.hand_over(sure)
                    call.was_taken()
            if rest := self._mask.finish():
                yield call.hand_over(rest)
        except (ExchangeCut, Problem) as failure:
            reason = call.reason_of(failure)
            assert isinstance(reason, Problem)
            call.error = reason
            if self._tells_of_end:
                yield _last_event(reason, last)
        finally:
            call.masked += self._mask.masked
            call.finish()


def _last_event(problem: Problem, last: bytes) -> bytes:
    """What tells the reader of server-sent events that it was not the service that ended them.

    An event that was cut in the middle becomes part of this one, whose last line of data is ours: as an event of its
    own it would be taken for whole.
    """
    told = json.dumps({"error": problem.code, "message": problem.message})
    start = b"" if not last or last.endswith((b"\n", b"\r")) else b"\n"
    return start + f"event: latchkey-error\ndata: {told}\n\n".encode()
