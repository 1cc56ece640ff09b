"""The real application as a server of its own for a benchmark: temporary instance, free port, raised limits."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
# As `make run` starts it (docs/decisions/0021-memory.md).
MALLOC = "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=2"
_SET_UP_LINK = re.compile(r"(/setup/[\w-]+)")
_HIDDEN_FIELD = re.compile(r'name="(csrf_token)"[^>]*value="([^"]+)"')
_LIMITS = ("AUTH_PER_ADDRESS", "SIGNIN_PER_ACCOUNT", "SIGNIN_OVERALL", "REFRESH_PER_SESSION", "PER_ADDRESS")


def processors() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def tree_of(pid: int) -> list[int]:
    """A process and those it started."""
    return [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]


def cpu_seconds_of(pids: list[int]) -> float:
    """What these processes have used so far."""
    used = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(times.user + times.system for times in used)


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser holds after signing in."""

    token: str
    refresh_token: str
    csrf_token: str


class Connection:
    """One kept-alive connection. With `keeps_cookies` it sends back what it was given."""

    def __init__(self, port: int, *, keeps_cookies: bool = False) -> None:
        self._connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self._keeps_cookies = keeps_cookies
        self.cookies: dict[str, str] = {}

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        sent = dict(headers or {})
        if self._keeps_cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
        except ConnectionError:
            # The server closes connections that were idle for a while, as all of these are in turn.
            self._connection.close()
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.read()


ACCOUNTS = 8


class Application:
    """Within the `with` block it runs and has a few accounts, whose credentials are in `login_bodies`.

    Several, since one name may have only a part of the password work.
    """

    def __init__(
        self, bcrypt_rounds: int, environment: dict[str, str] | None = None, accounts: int = ACCOUNTS
    ) -> None:
        self._password = secrets.token_urlsafe(24)
        self._names = ["bencher", *(f"bencher{number}" for number in range(1, accounts))]
        self.login_bodies = [
            json.dumps({"username": name, "password": self._password}).encode() for name in self._names
        ]
        self._next_body = itertools.cycle(self.login_bodies)
        self._folder = tempfile.TemporaryDirectory(prefix="latchkey-bench-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._environment = {
            "GLIBC_TUNABLES": MALLOC,
            **os.environ,
            **{f"LIMIT_{name}": "10000000/1m" for name in _LIMITS},
            "APP_ENV": "development",
            "BCRYPT_ROUNDS": str(bcrypt_rounds),
            "HOST": "127.0.0.1",
            "INSTANCE_PATH": self._folder.name,
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://localhost:{self.port}",
            **(environment or {}),
        }
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        # Read to the end, or the server would stop at a full pipe.
        Thread(target=lambda: self._lines.extend(self._server.stdout or ()), daemon=True).start()
        try:
            self._make_accounts(self._await_set_up_link())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
        self._folder.cleanup()

    def sign_in(self) -> str:
        """An access token."""
        status, answer = Connection(self.port).call(
            "POST", "/api/v1/login", self.login_bodies[0], {"Content-Type": "application/json"}
        )
        if status != HTTPStatus.OK:
            raise SystemExit(f"Sign-in answered {status}: {answer.decode()[:300]}")
        token: str = json.loads(answer)["token"]
        return token

    def sign_in_client(self) -> Callable[[], None]:
        """Signs in over a connection of its own; fails loudly when refused."""
        connection, body = Connection(self.port), next(self._next_body)

        def sign_in() -> None:
            status, answer = connection.call(
                "POST", "/api/v1/login", body, {"Content-Type": "application/json"}
            )
            if status != HTTPStatus.OK:
                raise RuntimeError(f"Sign-in answered {status}: {answer.decode()[:300]}")

        return sign_in

    def open_session(self) -> Session:
        """Sign in from one more browser."""
        browser = Connection(self.port, keeps_cookies=True)
        status, answer = browser.call(
            "POST", "/api/v1/login", next(self._next_body), {"Content-Type": "application/json"}
        )
        if status != HTTPStatus.OK:
            raise SystemExit(f"Sign-in answered {status}: {answer.decode()[:300]}")
        held = browser.cookies
        return Session(
            json.loads(answer)["token"], held["__Host-refresh_token"], held["__Host-csrf_refresh_token"]
        )

    def run_command(self, *arguments: str) -> None:
        """Run a command of the application, before or while it serves."""
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True,
        )  # fmt: skip

    def open_console(self) -> Connection:
        """A browser in which the first account, which administers, has signed in on the page."""
        browser = Connection(self.port, keeps_cookies=True)
        _, page = browser.call("GET", "/login")
        form = {"username": self._names[0], "password": self._password}
        form.update(_HIDDEN_FIELD.findall(page.decode()))
        status, page = self._send_form(browser, "/login", form)
        if status != HTTPStatus.SEE_OTHER:
            raise SystemExit(f"The sign-in form answered {status}: {page.decode()[:2000]}")
        return browser

    def make_client(self) -> tuple[str, str]:
        """The id and secret of a program that may ask about tokens."""
        made = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "clients", "create", "bench"],
            cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        told = json.loads(made.stdout.splitlines()[-1])
        return told["client_id"], told["client_secret"]

    def pids(self) -> list[int]:
        """The server and its workers."""
        return tree_of(self._server.pid)

    def cpu_seconds(self) -> float:
        """What the server and its workers have used so far."""
        return cpu_seconds_of(self.pids())

    def _await_set_up_link(self) -> str:
        link = None
        for _ in range(10 * START_SECONDS):
            link = link or _SET_UP_LINK.search("".join(self._lines))
            with contextlib.suppress(OSError):
                if link and Connection(self.port).call("GET", "/healthz")[0] == HTTPStatus.OK:
                    return link[1]
            if self._server.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit("The application did not start:\n" + "".join(self._lines))

    def _make_accounts(self, link: str) -> None:
        browser = Connection(self.port, keeps_cookies=True)
        _, page = browser.call("GET", link)
        form = {"username": "bencher", "email": "bencher@example.org", "password": self._password}
        form.update(_HIDDEN_FIELD.findall(page.decode()))
        status, page = self._send_form(browser, link, form)
        if status != HTTPStatus.SEE_OTHER:
            raise SystemExit(f"The set-up form answered {status}: {page.decode()[:2000]}")
        for name in self._names[1:]:
            body = {"username": name, "email": f"{name}@example.org", "password": self._password}
            status, answer = browser.call(
                "POST", "/api/v1/register", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            if status != HTTPStatus.ACCEPTED:
                raise SystemExit(f"Registration answered {status}: {answer.decode()[:300]}")

    def _send_form(self, browser: Connection, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        return browser.call(
            "POST",
            path,
            urllib.parse.urlencode(form).encode(),
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://localhost:{self.port}",
                "Sec-Fetch-Site": "same-origin",
            },
        )
