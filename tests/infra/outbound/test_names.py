"""Names are looked up in few threads, and nobody waits for a resolver longer than asked."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.infra.outbound.world import Running
from tests.servers.shared import wait_until
from webapp.infra.outbound.errors import UpstreamSlow, UpstreamUnreachable
from webapp.infra.outbound.names import MOST_AT_ONCE, Names

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 20


def failing(failure: Exception) -> Callable[[str, int], list[str]]:
    def ask(_host: str, _port: int) -> list[str]:
        raise failure

    return ask


def test_system_knows_this_machine() -> None:
    assert "127.0.0.1" in Names().resolve("localhost", 80, SECONDS)


def test_addresses_are_given_once_each_in_their_order() -> None:
    names = Names(lambda _host, _port: ["192.0.2.2", "192.0.2.1", "192.0.2.2"])
    assert names.resolve("a.example", 443, SECONDS) == ["192.0.2.2", "192.0.2.1"]


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_address_is_not_looked_up(address: str) -> None:
    assert Names(failing(AssertionError())).resolve(address, 443, SECONDS) == [address]


@pytest.mark.parametrize(
    "ask", [failing(socket.gaierror("no")), failing(UnicodeError("no")), lambda _host, _port: []]
)
def test_name_that_leads_nowhere_is_unreachable(ask: Callable[[str, int], list[str]]) -> None:
    with pytest.raises(UpstreamUnreachable):
        Names(ask).resolve("a.example", 443, SECONDS)


def test_resolver_that_hangs_takes_few_threads_and_no_more_time_than_it_is_given() -> None:
    goes_on = threading.Event()
    asked: list[str] = []

    def ask(host: str, _port: int) -> list[str]:
        asked.append(host)
        if host != "last.example":
            goes_on.wait(SECONDS)
        return ["192.0.2.1"]

    names = Names(ask)
    for number in range(3 * MOST_AT_ONCE):
        with pytest.raises(UpstreamSlow):
            names.resolve(f"{number}.example", 443, 0.01)
    hanging = len(asked)
    last = Running(lambda: names.resolve("last.example", 443, SECONDS))
    wait_until(lambda: len(names._waiting) == 2 * MOST_AT_ONCE + 1, "the last question")
    goes_on.set()
    assert last.end(SECONDS) is None
    # Those that nobody waits for any more were never asked.
    assert hanging == MOST_AT_ONCE
    assert asked[MOST_AT_ONCE:] == ["last.example"]


def test_threads_end_with_the_questions() -> None:
    names = Names(lambda _host, _port: ["192.0.2.1"])
    for _ in range(20):
        names.resolve("a.example", 443, SECONDS)
    wait_until(lambda: names._threads == 0, "the threads to end")
    assert names.resolve("a.example", 443, SECONDS) == ["192.0.2.1"]


def test_question_without_a_thread_to_ask_it_is_slow_and_leaves_room_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(lambda _host, _port: ["192.0.2.1"])
    refused = RuntimeError("can't start new thread")
    monkeypatch.setattr(threading.Thread, "start", lambda _thread: failing(refused)("", 0))
    for _ in range(2 * MOST_AT_ONCE):
        with pytest.raises(UpstreamSlow):
            names.resolve("a.example", 443, SECONDS)
    monkeypatch.undo()
    assert names.resolve("b.example", 443, SECONDS) == ["192.0.2.1"]
