"""A light load at a steady pace, as people make it: each kind of request from a thread of its own, each one timed."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from running import Connection, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Application

BROWSERS = 12
_JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Times:
    """Milliseconds of each answer, by kind, and what was answered that was not wanted."""

    of: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)


class SteadyLoad:
    """People who work with the service until the time is over or `stop` is called."""

    def __init__(self, served: Application) -> None:
        self.times = Times()
        self._served = served
        self._stop = threading.Event()

    def run(self, seconds: float) -> Times:
        """Ask for so long; the answers' times."""
        # What, how often a second, and by whom.
        kinds: tuple[tuple[str, float, Callable[[], Callable[[], tuple[int, bytes]]]], ...] = (
            ("sign-in", 2, self._sign_in),
            ("refresh", 4, self._refresh),
            ("protected call", 10, self._call),
            ("profile change", 5, self._change_profile),
            ("list of accounts", 1, self._list_accounts),
        )
        # Whoever asks has signed in before the first is timed.
        threads = [
            threading.Thread(target=self._keep_asking, args=(name, pace, make()), daemon=True)
            for name, pace, make in kinds
        ]
        for each in threads:
            each.start()
        self._stop.wait(seconds)
        self.stop()
        for each in threads:
            each.join()
        return self.times

    def stop(self) -> None:
        """Every request that was sent is still answered."""
        self._stop.set()

    def _keep_asking(self, name: str, pace: float, ask: Callable[[], tuple[int, bytes]]) -> None:
        due = time.perf_counter()
        while not self._stop.wait(max(0.0, due - time.perf_counter())):
            begun = time.perf_counter()
            # What came too late is not made up for by asking faster.
            due = max(due + 1 / pace, begun)
            try:
                status, answer = ask()
            except OSError as failure:
                status, answer = 0, str(failure).encode()
            self.times.of[name].append((time.perf_counter() - begun) * 1000)
            if status != 200:
                self.times.failures.append(f"{name}: {status} {answer[:200].decode(errors='replace')}")

    def _sign_in(self) -> Callable[[], tuple[int, bytes]]:
        # Not who works (see Inhabited of maintenance.py).
        bodies = itertools.cycle(self._served.login_bodies[1:])
        connection = Connection(self._served.port)
        return lambda: connection.call("POST", "/api/v1/login", next(bodies), _JSON)

    def _refresh(self) -> Callable[[], tuple[int, bytes]]:
        """Many browsers in turn, since a token that was just made is not replaced."""
        browsers = itertools.cycle([self._browser() for _ in range(BROWSERS)])

        def refresh() -> tuple[int, bytes]:
            connection = next(browsers)
            proof = {"X-CSRF-TOKEN": connection.cookies["__Host-csrf_refresh_token"], "Content-Length": "0"}
            return connection.call("POST", "/api/v1/refresh", None, proof)

        return refresh

    def _browser(self) -> Connection:
        session: Session = self._served.open_session()
        browser = Connection(self._served.port, keeps_cookies=True)
        browser.cookies = {
            "__Host-refresh_token": session.refresh_token,
            "__Host-csrf_refresh_token": session.csrf_token,
        }
        return browser

    def _call(self) -> Callable[[], tuple[int, bytes]]:
        connection, headers = Connection(self._served.port), self._bearer()
        return lambda: connection.call("GET", "/api/v1/protected", None, headers)

    def _change_profile(self) -> Callable[[], tuple[int, bytes]]:
        connection, headers, numbers = (
            Connection(self._served.port),
            self._bearer() | _JSON,
            itertools.count(),
        )

        def change() -> tuple[int, bytes]:
            body = json.dumps({"display_name": f"Busy {next(numbers)}"}).encode()
            return connection.call("PATCH", "/api/v1/profile", body, headers)

        return change

    def _list_accounts(self) -> Callable[[], tuple[int, bytes]]:
        browser = self._served.open_console()
        return lambda: browser.call("GET", "/admin/accounts")

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._served.open_session().token}"}
