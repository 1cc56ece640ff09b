"""One request to another service and its answer, as it arrives: no redirects, no cookies, no proxies, no decoding."""

from __future__ import annotations

import logging
import ssl
import threading
from typing import TYPE_CHECKING, Final

import httpcore

from webapp.core.errors import MalformedRequest
from webapp.infra.outbound.dialling import Dialler
from webapp.infra.outbound.errors import UpstreamBroken, UpstreamUnreachable
from webapp.infra.outbound.heads import Head, declared_length, framed, read_head
from webapp.infra.outbound.holds import Hold
from webapp.infra.outbound.lines import Line, origin_of
from webapp.infra.outbound.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webapp.infra.outbound.addresses import AddressRules
    from webapp.infra.outbound.heads import Headers
    from webapp.infra.outbound.names import Names
    from webapp.infra.outbound.targets import Target

__all__ = ["REACH_SECONDS", "Exchange", "Head", "Outbound"]

REACH_SECONDS: Final = 5.0

# At DEBUG it would log the headers of answers.
logging.getLogger("httpcore").setLevel(logging.WARNING)


class Outbound:
    """The way out. `ssl_context` None: the machine's authorities, or those of SSL_CERT_FILE."""

    def __init__(self, names: Names, rules: AddressRules, ssl_context: ssl.SSLContext | None = None) -> None:
        self._pool = Pool()
        self._context = ssl_context
        self._lock = threading.Lock()
        self._dialler = Dialler(names, rules, self._tls)

    def exchange(self) -> Exchange:
        """For one request; closed by whoever asked for it."""
        return Exchange(self._dialler, self._pool)

    def close(self) -> None:
        """Let go of idle connections. Exchanges under way go on."""
        self._pool.close()

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = ssl.create_default_context()
                self._context.minimum_version = ssl.TLSVersion.TLSv1_2
                self._context.set_alpn_protocols(["http/1.1"])
            return self._context


class Exchange:
    """Used by one thread at a time; only `cut` may be called from any, at any moment."""

    def __init__(self, dialler: Dialler, pool: Pool) -> None:
        self._dialler = dialler
        self._pool = pool
        self._hold = Hold()
        self._line: Line | None = None
        self._has_place = False
        self._answer: httpcore.Response | None = None
        self._pause_seconds = 0.0

    def send(
        self,
        target: Target,
        method: str,
        path_and_query: bytes,
        headers: Headers,
        body: bytes | Iterable[bytes] | None,
        *,
        answer_seconds: float,
        pause_seconds: float,
    ) -> Head:
        """Send it all, and wait for the head of the answer; once for each exchange.

        `path_and_query` is encoded and whole: the target's path is not put before it. Host and framing are added
        here; a Content-Length among `headers` counts for an iterable body alone, and holds it to its word. Dialling
        may take five seconds, or `answer_seconds` where those are fewer; then the head must be there within
        `answer_seconds`, which each piece of an iterable body begins anew. What goes wrong while the body is read is
        raised as it is. `pause_seconds` bounds the wait for each piece of the answer.

        Raises AddressRefused, UpstreamUnreachable, UpstreamBroken, UpstreamSlow, ExchangeCut; MalformedRequest for
        what cannot be sent as HTTP, and for a body of another length than was said.
        """
        self._pause_seconds = pause_seconds
        is_whole = body is None or isinstance(body, bytes)
        whole = (body or b"") if isinstance(body, bytes | None) else None
        length = None if is_whole else declared_length(headers)
        all_headers = framed(target, method, headers, whole, length)

        def make() -> httpcore.Request:
            pieces = whole if isinstance(body, bytes | None) else self._paced(body, length, answer_seconds)
            return httpcore.Request(method, _url(target, path_and_query), headers=all_headers, content=pieces)

        try:
            if self._take_line(target, answer_seconds):
                # Its end may have been on its way to us: what does no harm twice is sent once more.
                can_be_repeated = method in {"GET", "HEAD"} and is_whole
                try:
                    return self._ask(make(), answer_seconds)
                except UpstreamBroken:
                    if not can_be_repeated or self._line is None or self._line.wire.has_answered:
                        raise
                self.close()
                try:
                    self._take_line(target, answer_seconds, is_fresh=True)
                except UpstreamUnreachable:
                    # Not so: it may well have had the request.
                    raise UpstreamBroken from None
            return self._ask(make(), answer_seconds)
        except BaseException:
            self.close()
            raise

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives. Raises UpstreamBroken, UpstreamSlow and ExchangeCut in the middle of it."""
        assert self._answer is not None
        arriving = self._answer.iter_stream()
        while True:
            self._hold.allow(self._pause_seconds)
            try:
                piece = next(arriving, None)
            except (httpcore.ProtocolError, httpcore.NetworkError):
                raise UpstreamBroken from None
            if piece is None:
                return
            yield piece

    def cut(self) -> None:
        """From any thread, at any time: whatever is waited for ends at once with ExchangeCut."""
        self._hold.cut()

    def close(self) -> None:
        """The end, also in the middle. The connection is kept for another exchange where the answer was read whole."""
        answer, self._answer = self._answer, None
        line, self._line = self._line, None
        if answer is not None:
            answer.close()
        is_uncut = self._hold.let_go()
        if line is not None and not (is_uncut and line.can_be_kept()):
            line.close()
            line = None
        if self._has_place:
            self._has_place = False
            self._pool.give_back(line)

    def _take_line(self, target: Target, answer_seconds: float, *, is_fresh: bool = False) -> bool:
        """Have a connection; whether it was used before."""
        self._hold.require_uncut()
        self._line = self._pool.lend(origin_of(target), is_fresh=is_fresh)
        self._has_place = True
        if self._line is not None:
            return True
        self._hold.allow(min(REACH_SECONDS, answer_seconds))
        self._line = Line(target, self._dialler.dial(target, self._hold))
        return False

    def _ask(self, request: httpcore.Request, answer_seconds: float) -> Head:
        assert self._line is not None
        self._line.wire.serve(self._hold)
        self._hold.allow(answer_seconds)
        try:
            self._answer = self._line.handle_request(request)
        except httpcore.LocalProtocolError:
            raise MalformedRequest from None
        except (httpcore.ProtocolError, httpcore.NetworkError):
            raise UpstreamBroken from None
        self._line.wire.end_head()
        return read_head(self._answer)

    def _paced(self, body: Iterable[bytes], length: int | None, answer_seconds: float) -> Iterator[bytes]:
        """The caller may take its time over each piece; the service has its own for taking it."""
        sent = 0
        for piece in body:
            sent += len(piece)
            if length is not None and sent > length:
                raise MalformedRequest
            self._hold.allow(answer_seconds)
            yield piece
        if length is not None and sent < length:
            raise MalformedRequest
        self._hold.allow(answer_seconds)


def _url(target: Target, path_and_query: bytes) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=path_and_query
    )
