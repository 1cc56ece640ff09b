"""Two processes on one database: cold starts, and a minute of rotations under a hundred requests a second."""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from tests.make import PASSWORD, set_up_live
from tests.servers.application import ENVIRONMENT, build_app, let_go_of
from tests.servers.live import LiveServer
from tests.servers.shared import wait_until
from tests.tokens.shown_tokens import value_of
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.postgres import PostgresServer

SECRETS = {name: ENVIRONMENT[name] for name in ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")}
PUBLIC_URL = "http://localhost:8000"
SETTINGS = {
    **SECRETS,
    "PUBLIC_URL": PUBLIC_URL,
    "JWKS_MAX_AGE": "1",
    "ACCESS_TOKEN_LIFETIME": "20",
    "REFRESH_OVERLAP": "2",
    "REFRESH_DEADLINE": "1",
    "LIMIT_REFRESH_PER_SESSION": "999999/1m",
    "LIMIT_PER_ADDRESS": "999999/1m",
}
COLD_STARTS = 20
CALLERS = 4
CALM_SECONDS = 60
HURRIED_SECONDS = 20


@dataclass
class Caller:
    """A browser and a service that verifies for itself, at both nodes in turn, 25 requests a second."""

    servers: list[LiveServer]
    verifies_alone: threading.Event
    seen: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    tokens: deque[tuple[float, str]] = field(default_factory=deque)
    cookies: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    kept_until: float = 0.0
    begun_at: float = 0.0

    def __post_init__(self) -> None:
        self._lines = [
            http.client.HTTPConnection("127.0.0.1", each.port, timeout=20) for each in self.servers
        ]

    def send(
        self, number: int, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, bytes]:
        headers["Host"] = f"localhost:{self.servers[number].port}"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line = self._lines[number]
        line.request(method, path, json.dumps(body) if body else None, headers)
        answer = line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self.cookies[cookie.partition("=")[0]] = value_of(cookie)
        self.seen["requests"] += 1
        return answer.status, answer.read()

    def sign_in(self) -> bool:
        """False while the server has no place for the password; a busy machine has few."""
        credentials = {"username": "ada", "password": PASSWORD}
        headers = {"Content-Type": "application/json"}
        return self.send(0, "POST", "/api/v1/login", credentials, **headers)[0] == 200

    def work(self, stop: threading.Event) -> None:
        try:
            self._work(stop)
        finally:
            for line in self._lines:
                line.close()

    def _work(self, stop: threading.Event) -> None:
        wait_until(self.sign_in, "somebody to be signed in")
        turn = 0
        while not stop.wait(max(0.0, 0.08 - (clock.monotonic() - self.begun_at))):
            self.begun_at = clock.monotonic()
            turn += 1
            here, there = turn % 2, (turn + 1) % 2
            self._renew(here)
            self._use(there, self.tokens[-1][1])
            self._use(here, random.choice(self.tokens)[1])
            if self.verifies_alone.is_set():
                self._verify(random.choice([0, 1]), self.tokens[-1][1])

    def _renew(self, number: int) -> None:
        csrf = self.cookies["__Host-csrf_refresh_token"]
        status, body = self.send(number, "POST", "/api/v1/refresh", **{"X-CSRF-TOKEN": csrf})
        if status != 200:
            self.refused.append(f"renewal {status} {body!r}")
            return
        self.tokens.append((clock.monotonic(), json.loads(body)["token"]))
        while self.tokens[0][0] < clock.monotonic() - 15:
            self.tokens.popleft()

    def _use(self, number: int, token: str) -> None:
        status, body = self.send(number, "GET", "/api/v1/protected", Authorization=f"Bearer {token}")
        if status != 200:
            self.refused.append(f"call {status} {body!r}")

    def _verify(self, number: int, token: str) -> None:
        """As a service that asks for the keys only when its copy has expired."""
        if clock.monotonic() >= self.kept_until:
            asked_at = clock.monotonic()
            _, body = self.send(number, "GET", "/.well-known/jwks.json")
            self.keys = {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(json.loads(body)).keys}
            self.kept_until = asked_at + 1
        kid = str(jwt.get_unverified_header(token)["kid"])
        self.seen["verified"] += 1
        if kid not in self.keys:
            self.refused.append(f"{kid} is not in the copy")
            return
        jwt.decode(token, self.keys[kid], algorithms=["ES256"], audience=PUBLIC_URL)
        self.seen[f"kid {kid}"] += 1


@pytest.mark.soak
def test_a_minute_of_rotations_refuses_no_valid_token(
    start_server: Callable[..., LiveServer],
    postgres_server: PostgresServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = postgres_server.make_database()
    servers = [start_server(**SETTINGS, DATABASE_URL=postgres_server.url_of(name)) for _ in range(2)]
    set_up_live(servers[0])
    # As the command does it, without the time that each start of a process takes from those who serve.
    operator = build_app(tmp_path, postgres_server.url_of(name), SETTINGS)
    stop, alone = threading.Event(), threading.Event()
    alone.set()
    callers = [Caller(servers, alone) for _ in range(CALLERS)]
    rotations: Counter[str] = Counter()
    with ThreadPoolExecutor(CALLERS) as pool:
        working = [pool.submit(each.work, stop) for each in callers]
        begun = clock.monotonic()
        while clock.monotonic() - begun < CALM_SECONDS:
            with operator.app_context(), unit_of_work():
                rotations["begun" if rotate().is_new else "asked again"] += 1
            stop.wait(3)
        # Hurried keys are for our own nodes to know; others were told what it costs.
        alone.clear()
        while clock.monotonic() - begun < CALM_SECONDS + HURRIED_SECONDS:
            with operator.app_context(), unit_of_work():
                rotate(at_once=True)
            rotations["hurried"] += 1
            stop.wait(2)
        stop.set()
        for each in working:
            each.result()
    let_go_of(operator)
    seen = sum((each.seen for each in callers), Counter())
    kids = [name for name in seen if name.startswith("kid ")]
    took = clock.monotonic() - begun
    figures = (
        f"{seen['requests'] / took:.0f} requests/s for {took:.0f} s, {dict(rotations)}, {len(kids)} keys"
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{figures}\n")
    assert [refusal for each in callers for refusal in each.refused] == []
    assert len(kids) >= 3
    assert seen["verified"] > 1000


@pytest.mark.soak
@pytest.mark.database
def test_two_processes_that_start_cold_make_one_key_set(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sets = []
    for number in range(COLD_STARTS):
        folder = tmp_path / str(number)
        url = f"sqlite:///{folder / 'shared.db'}"
        if database_kind != "sqlite":
            postgres: PostgresServer = request.getfixturevalue("postgres_server")
            url = postgres.url_of(postgres.make_database())
        settings = {**SETTINGS, "DATABASE_URL": url, "INSTANCE_PATH": str(folder)}
        servers = []
        for name in ("first", "second"):
            (folder / name).mkdir(parents=True)
            servers.append(LiveServer(folder / name, settings))
        try:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(start_patiently, servers))
            sets.append([read_set(each) for each in servers])
        finally:
            for each in servers:
                each.stop()
    assert len(sets) == COLD_STARTS
    assert [one for one, other in sets if one != other or one.count(b'"kid"') != 1] == []


def start_patiently(server: LiveServer) -> None:
    """Two at once on a busy machine take their time."""
    try:
        server.start()
    except TimeoutError:
        wait_until(server._answers, "Latchkey to answer", seconds=120)


def read_set(server: LiveServer) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("GET", "/.well-known/jwks.json", headers={"Host": f"localhost:{server.port}"})
    answer = line.getresponse().read()
    line.close()
    return answer
