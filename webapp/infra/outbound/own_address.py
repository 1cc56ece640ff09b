"""Asks this installation itself over HTTP, as a stranger would, in a bounded time: for the self-audit alone.

The address is the operator's own setting, so it may be one of a private network, unlike those of connections; nothing
of a visitor reaches it. No redirect is followed, and no cookie, token or header of anybody is sent.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography import x509

from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS: Final = 3.0
_AT_ONCE: Final = 0.001
_MOST_BYTES: Final = 65_536
_AGENT: Final = "Latchkey self-audit"
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. A header may come more than once. `arrived_at` is by our clock."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    arrived_at: datetime

    def all(self, name: str) -> list[str]:
        """Every value of that header, in order."""
        return [value for each, value in self.headers if each.lower() == name.lower()]

    def first(self, name: str) -> str:
        """Its first value, or nothing."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Tls:
    """The version that was agreed on; `distrust` says why the certificate was not believed."""

    version: str
    expires_at: datetime | None
    distrust: str | None


@dataclass(slots=True)
class Asked:
    """What one address answered. `trouble`: why it did not, or no further."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    tls: Tls | None = None
    trouble: str | None = None


def ask(url: str, questions: Sequence[str], *, host: str | None = None) -> Asked:
    """Each question, such as "GET /login", in turn, within SECONDS in all. `host` stands in for the address's own."""
    found, parts = Asked(url), urlsplit(url)
    address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
    line = _Line(address, is_encrypted=parts.scheme == "https")
    try:
        for question in questions:
            found.answers[question] = line.ask(question, {"Host": host or parts.netloc})
    except (OSError, http.client.HTTPException, ValueError) as failure:
        found.trouble = _explain(failure, is_late=line.is_late)
    finally:
        found.tls = line.tls
        line.close()
    return found


class _Line:
    """A connection that is kept where the other side keeps it, and cut when the time is over."""

    def __init__(self, address: tuple[str, int], *, is_encrypted: bool) -> None:
        self.tls: Tls | None = None
        self.is_late = False
        self._address = address
        self._is_encrypted = is_encrypted
        self._until = clock.monotonic() + SECONDS
        self._wire: socket.socket | None = None
        self._connection: http.client.HTTPConnection | None = None
        # A limit on each read is none on a peer that says one byte at a time.
        self._timer = threading.Timer(SECONDS, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def ask(self, question: str, headers: Mapping[str, str]) -> Answer:
        method, _, path = question.partition(" ")
        connection = self._connection or self._connect()
        self._require_time()
        connection.request(method, path, headers={"User-Agent": _AGENT, "Accept": "*/*", **headers})
        response = connection.getresponse()
        body = response.read(_MOST_BYTES)
        # A head that was cut passes for a whole one, and the next question would be asked over a new connection.
        self._require_time()
        answer = Answer(response.status, tuple(response.getheaders()), body, clock.now())
        if response.will_close or not response.isclosed():
            self._hang_up()
        return answer

    def close(self) -> None:
        self._timer.cancel()
        self._hang_up()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address
        wire = socket.create_connection((host, port), self._left())
        self._wire = wire
        if self._is_encrypted:
            wire = self._wire = self._encrypt(wire)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = wire
        self._connection = connection
        return connection

    def _encrypt(self, wire: socket.socket) -> socket.socket:
        """With the certificate verified; once more without, so that what is behind it can be looked at as well."""
        host, port = self._address
        try:
            encrypted = self._shake_hands(ssl.create_default_context(), wire)
            distrust = None
        except ssl.SSLCertVerificationError as failure:
            self._hang_up()
            distrust = failure.verify_message.rstrip(".") or "it is not trusted"
            context = ssl.create_default_context()
            context.check_hostname = False
            # Nothing that is worth anything to somebody on the way is sent here.
            context.verify_mode = ssl.CERT_NONE
            again = self._wire = socket.create_connection((host, port), self._left())
            encrypted = self._shake_hands(context, again)
        self.tls = Tls(encrypted.version() or "", _expiry_of(encrypted), distrust)
        return encrypted

    def _shake_hands(self, context: ssl.SSLContext, wire: socket.socket) -> ssl.SSLSocket:
        """Known as the wire before it begins, so that a handshake that drips is cut as well."""
        host = self._address[0]
        encrypted = context.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
        self._wire = encrypted
        self._require_time()
        encrypted.do_handshake()
        return encrypted

    def _require_time(self) -> None:
        if self.is_late:
            raise TimeoutError

    def _left(self) -> float:
        return max(0.05, self._until - clock.monotonic())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._wire is not None:
            self._wire.close()
        self._connection = self._wire = None

    def _cut(self) -> None:
        self.is_late = True
        wire = self._wire
        if wire is not None:
            # What arrives after the shutdown could still be read, and a peer that drips would go on.
            wire.settimeout(_AT_ONCE)
            # Not the method of an SSL socket, which would take its state from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(wire, socket.SHUT_RDWR)


def _expiry_of(encrypted: ssl.SSLSocket) -> datetime | None:
    raw = encrypted.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(raw).not_valid_after_utc if raw else None


def _explain(failure: Exception, *, is_late: bool) -> str:
    if is_late or isinstance(failure, TimeoutError):
        return f"it did not answer within {timedelta(seconds=SECONDS).seconds} seconds"
    if isinstance(failure, socket.gaierror):
        return "its name is not known here"
    if isinstance(failure, ConnectionRefusedError):
        return "nobody answers at its port"
    if isinstance(failure, ssl.SSLError):
        return "no TLS 1.2 or 1.3 could be agreed on"
    if isinstance(failure, (http.client.HTTPException, ConnectionError)):
        return "the connection ended before the answer did"
    return "it cannot be reached"
