"""A store that is hung, gone, emptied or back again: limits hold, and nobody waits."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Iterator

import pytest
import redis

from tests.infra.throttle_world import PATIENT, SECRET, Hands, admitted, burst, new_throttle
from tests.servers.valkey import ValkeyServer, free_port
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.infra.throttle import Throttle

TEN = Limit(10, 900)


@pytest.fixture
def hung_server() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(300)
        listener.setblocking(False)
        yield listener


@pytest.fixture
def hung_url(hung_server: socket.socket) -> str:
    return f"redis://:kept-secret@127.0.0.1:{hung_server.getsockname()[1]}/0"


@pytest.fixture
def dead_url() -> str:
    return f"redis://:kept-secret@127.0.0.1:{free_port()}/0"


def times_asked(server: socket.socket) -> int:
    """How many connections were made to it; each of them waited for its answer in vain."""
    asked = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            asked += 1
    return asked


def test_hung_store_costs_one_short_timeout_and_then_nothing(
    hung_server: socket.socket, hung_url: str
) -> None:
    throttle = Throttle(LimitStore(hung_url, monotonic=Hands()), SECRET, Hands())
    started = time.perf_counter()
    throttle.count("signin", "ada", TEN)
    # A short one: half a second, and ten times as much for a busy machine.
    assert 0.4 < time.perf_counter() - started < 5
    for number in range(200):
        throttle.count("signin", f"account {number}", TEN)
    assert not throttle.healthy()
    assert times_asked(hung_server) == 1
    throttle.close()


@pytest.mark.parametrize("kind", ["hung_url", "dead_url"])
def test_limit_holds_exactly_while_the_store_is_away(kind: str, request: pytest.FixtureRequest) -> None:
    throttle = Throttle(LimitStore(request.getfixturevalue(kind)), SECRET, Hands())
    started = time.perf_counter()
    assert burst(200, lambda: throttle.count("signin", "ada", TEN)) == 10
    # One after the other, two hundred timeouts are a hundred seconds.
    assert time.perf_counter() - started < 20
    throttle.close()


def test_outage_is_logged_once_and_without_the_password(
    dead_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ticking = Hands(0.0)
    throttle = Throttle(LimitStore(dead_url, monotonic=ticking), SECRET, Hands())
    with caplog.at_level(logging.DEBUG):
        for ticking.reading in range(60):
            admitted(lambda: throttle.count("signin", "ada", TEN))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "kept-secret" not in caplog.text


def test_one_node_counting_alone_keeps_to_its_share(dead_url: str) -> None:
    throttle = Throttle(LimitStore(dead_url, node_share=0.25), SECRET, Hands())
    hundred = Limit(100, 900)
    assert sum(admitted(lambda: throttle.count("signin", "ada", hundred)) for _ in range(100)) == 25
    assert admitted(lambda: throttle.count("signin", "bob", Limit(1, 900)))


def test_shared_limit_returns_by_itself_when_the_store_is_back(
    valkey_server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    ticking = Hands(0.0)
    store = LimitStore(valkey_server.url, timeout=PATIENT, pause=5.0, monotonic=ticking)
    throttle = Throttle(store, SECRET, Hands())
    store._lost(ConnectionError())
    while_away = throttle.count("signin", "ada", TEN)
    ticking.reading = 5.1
    assert throttle.healthy()
    throttle.count("signin", "ada", TEN)
    throttle.give_back(while_away)
    assert throttle.used("signin", "ada", TEN) == 1
    assert store._local.get(while_away.name) == 0
    assert len(caplog.records) == 2
    throttle.close()


def test_connections_closed_by_the_server_are_no_outage(
    valkey_server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    throttle = new_throttle(valkey_server.url)
    throttle.count("signin", "ada", TEN)
    with redis.Redis.from_url(valkey_server.url) as connection:
        connection.client_kill_filter(skipme=True)
    throttle.count("signin", "ada", TEN)
    assert throttle.used("signin", "ada", TEN) == 2
    assert not caplog.records
    throttle.close()


def test_emptied_store_gives_nobody_a_free_attempt(valkey_server: ValkeyServer) -> None:
    throttle = new_throttle(valkey_server.url)
    tickets = [throttle.count("signin", "ada", TEN) for _ in range(5)]
    valkey_server.empty()
    for ticket in tickets:
        throttle.give_back(ticket)
    assert throttle.used("signin", "ada", TEN) == 0
    assert sum(admitted(lambda: throttle.count("signin", "ada", TEN)) for _ in range(15)) == 10
    throttle.close()


@pytest.mark.parametrize(
    "url", ["memcached://kept-secret@h:1", "redis://:kept-secret/9@h:6379", "kept-secret"]
)
def test_unusable_store_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="limit store's URL") as refusal:
        LimitStore(url)
    assert "kept-secret" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
