"""A bad network between a browser and the application: answers to refreshes are late, out of order, or never come.

Everything else is passed on, and a page that is asked for while the application is down waits until it is back.
"""

from __future__ import annotations

import http.client
import random
import re
import select
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

REFRESH = re.compile(r"/api/v\d+/refresh")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection"}
PATIENCE_SECONDS = 30

Kind = Literal["passed", "late", "cut", "never"]


@dataclass(frozen=True)
class Fate:
    """What becomes of one answer; the application has always done its part by then."""

    kind: Kind
    seconds: float = 0.0


@dataclass
class Refresh:
    """One refresh that reached the proxy. `status` 0: the application gave no answer; `answered` counts deliveries."""

    fate: Fate = Fate("passed")
    status: int = 0
    code: str = ""
    answered: int | None = None


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Trouble:
    """Fates by chance, the same for the same seed: `first` ones, then drawn, until `most` answers have met theirs."""

    seed: int
    most: int
    first: Iterable[Fate] = ()
    latest: float = 2.0
    _given: int = 0
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._planned = list(self.first)

    def next(self) -> Fate:
        self._given += 1
        if self._given > self.most:
            return Fate("passed")
        if self._planned:
            return self._planned.pop(0)
        kinds: list[Kind] = ["passed", "late", "cut"]
        kind = self._dice.choices(kinds, [3, 4, 3])[0]
        return Fate(kind, self._dice.uniform(0.05, self.latest) if kind == "late" else 0.0)


class FlakyProxy:
    """Listens on a port of its own. `trouble` None: a good network."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Relay)
        self._server.daemon_threads = True
        self._server.proxy = self  # type: ignore[attr-defined]
        self._changed = threading.Condition()
        self._answered = 0
        self.url = f"http://localhost:{self._server.server_port}"
        self.upstream_port = 0
        self.trouble: Trouble | None = None
        self.refreshes: list[Refresh] = []
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def await_refreshes(self, number: int) -> None:
        """Wait until so many refreshes have reached the application."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.served() >= number, PATIENCE_SECONDS), self.refreshes

    def served(self) -> int:
        """How many refreshes the application has answered."""
        return sum(each.status > 0 for each in self.refreshes)

    def fates(self) -> set[Kind]:
        """Everything that happened to answers the application gave."""
        return {each.fate.kind for each in self.refreshes if each.status}

    def delivered_out_of_order(self) -> bool:
        order = [each.answered for each in self.refreshes if each.answered is not None]
        return order != sorted(order)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def begin(self) -> Refresh:
        with self._changed:
            self.refreshes.append(Refresh())
            return self.refreshes[-1]

    def note(self, refresh: Refresh, answer: Answer | None) -> None:
        with self._changed:
            if answer is not None:
                # Only answers have fates: what is sent while the application is down uses none up.
                refresh.fate = self.trouble.next() if self.trouble else refresh.fate
                refresh.status = answer.status
                found = re.search(rb'"(?:error|code)": ?"(\w+)"', answer.body)
                refresh.code = found[1].decode() if found else ""
            self._changed.notify_all()

    def story(self) -> str:
        """What happened to every refresh, in order, for the report of a failed test."""
        return "\n".join(f"{each.status} {each.code} {each.fate.kind}" for each in self.refreshes)

    def note_delivery(self, refresh: Refresh) -> None:
        with self._changed:
            self._answered += 1
            refresh.answered = self._answered


class _Relay(BaseHTTPRequestHandler):
    """One connection of the browser."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def relay(self) -> None:
        proxy: FlakyProxy = self.server.proxy  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if REFRESH.fullmatch(self.path.partition("?")[0]):
            self._relay_refresh(proxy, body)
        elif answer := self._ask(proxy.upstream_port, body, patient=self.command == "GET"):
            self._give(answer)
        else:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 - the library's names

    def _relay_refresh(self, proxy: FlakyProxy, body: bytes) -> None:
        refresh = proxy.begin()
        answer = self._ask(proxy.upstream_port, body)
        proxy.note(refresh, answer)
        if answer is None or refresh.fate.kind == "cut":
            self.close_connection = True
        elif refresh.fate.kind == "never":
            # Until the browser gives up.
            select.select([self.connection], [], [], PATIENCE_SECONDS)
            self.close_connection = True
        else:
            time.sleep(refresh.fate.seconds)
            proxy.note_delivery(refresh)
            self._give(answer)

    def _ask(self, port: int, body: bytes, *, patient: bool = False) -> Answer | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
            try:
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP_BY_HOP:
                        connection.putheader(name, value)
                connection.endheaders(body or None)
                response = connection.getresponse()
                return Answer(response.status, response.getheaders(), response.read())
            except (OSError, http.client.HTTPException):
                if not patient or time.monotonic() > deadline:
                    return None
                time.sleep(0.05)
            finally:
                connection.close()

    def _give(self, answer: Answer) -> None:
        try:
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in HOP_BY_HOP | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
        except OSError:
            # The tab was closed, or gave up.
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (TimeoutError, ConnectionError):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
