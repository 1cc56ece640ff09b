"""A connection to a service, used by one exchange after another, with HTTP/1.1 spoken by httpcore."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

import httpcore

from webapp.infra.outbound.errors import UpstreamBroken, UpstreamSlow

if TYPE_CHECKING:
    from webapp.infra.outbound.holds import Hold
    from webapp.infra.outbound.targets import Target

# All of an answer before its body: interim answers, status line, headers.
MOST_HEAD_BYTES: Final = 65_536
IDLE_SECONDS: Final = 3.0


class Wire(httpcore.NetworkStream):
    """The socket. It waits as its present exchange's hold says."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._hold: Hold | None = None
        self._head_bytes_left: int | None = None
        self.has_answered = False

    def serve(self, hold: Hold) -> None:
        """In that exchange's hands from now on. Raises ExchangeCut."""
        hold.take(self._line)
        self._hold = hold
        self._head_bytes_left = MOST_HEAD_BYTES
        self.has_answered = False

    def end_head(self) -> None:
        """The head is complete: what follows may be of any length."""
        self._head_bytes_left = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the hold knows
        """As httpcore asks, for the next bytes."""
        if self._head_bytes_left is not None:
            max_bytes = min(max_bytes, self._head_bytes_left)
            if max_bytes == 0:
                raise UpstreamBroken
        assert self._hold is not None
        self._line.settimeout(self._hold.remaining())
        try:
            content = self._line.recv(max_bytes)
        except TimeoutError:
            raise UpstreamSlow from None
        except OSError as failure:
            self._hold.require_uncut()
            raise httpcore.ReadError from failure
        # A connection that was shut reads as one that ended.
        self._hold.require_uncut()
        self.has_answered = self.has_answered or bool(content)
        if self._head_bytes_left is not None:
            self._head_bytes_left -= len(content)
        return content

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the hold knows
        """As httpcore asks. Its WriteError lets the answer be read all the same: some refuse a body before its end."""
        assert self._hold is not None
        left = memoryview(buffer)
        while left:
            self._line.settimeout(self._hold.remaining())
            try:
                left = left[self._line.send(left) :]
            except TimeoutError:
                raise UpstreamSlow from None
            except OSError as failure:
                self._hold.require_uncut()
                raise httpcore.WriteError from failure

    def close(self) -> None:
        """Out of reach of a cut first: the number of a closed socket may be another's at once."""
        if self._hold is not None:
            self._hold.let_go()
        self._line.close()

    def get_extra_info(self, info: str) -> Any:
        """Whether something can be read, which on an idle connection is its end. Nothing else is known here."""
        if info != "is_readable":
            return None
        self._line.settimeout(0)
        try:
            # Not a look at the socket alone: a ticket of TLS 1.3 may wait there, which is nothing to read.
            self._line.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True


class Line(httpcore.HTTP11Connection):
    """httpcore's connection, over a socket that was dialled here."""

    MAX_INCOMPLETE_EVENT_SIZE = MOST_HEAD_BYTES

    def __init__(self, target: Target, dialled: socket.socket) -> None:
        self.wire = Wire(dialled)
        super().__init__(origin_of(target), self.wire, IDLE_SECONDS)

    def can_be_kept(self) -> bool:
        """Whether another exchange may use it. Bytes beyond an answer would be taken for the next one's."""
        return self.is_idle() and not self._h11_state.trailing_data[0]


def origin_of(target: Target) -> httpcore.Origin:
    return httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
