"""Connections are used again for a moment, and only where the last answer left nothing behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.infra.outbound.world import ask, send
from tests.servers.upstream import Upstream, Visit
from tests.servers.upstream_answers import hang_up, head, huge, raw, reply
from webapp.infra.outbound import lines, pool
from webapp.infra.outbound.errors import UpstreamBroken, UpstreamSlow

if TYPE_CHECKING:
    from webapp.infra.outbound.exchanges import Outbound


def test_connection_is_used_again(outbound: Outbound, safe_service: Upstream) -> None:
    for _ in range(3):
        ask(outbound, safe_service.url)
    assert [each.connection for each in safe_service.requests] == [1, 1, 1]


def test_connection_serves_one_exchange_at_a_time(outbound: Outbound, service: Upstream) -> None:
    first, second = outbound.exchange(), outbound.exchange()
    send(first, service.url)
    send(second, service.url)
    assert list(first.pieces())
    assert list(second.pieces())
    first.close()
    second.close()
    assert service.accepted == 2


def test_many_at_once_each_get_their_own_answer(outbound: Outbound, service: Upstream) -> None:
    def ask_for(number: int) -> bool:
        return f'"target": "/{number}"'.encode() in ask(outbound, f"{service.url}/{number}")[1]

    with ThreadPoolExecutor(16) as crowd:
        assert all(crowd.map(ask_for, range(200)))
    assert service.accepted <= 16
    assert outbound._pool._lent == 0


def test_service_of_another_scheme_name_or_port_gets_its_own(
    outbound: Outbound, service: Upstream, safe_service: Upstream
) -> None:
    for url in (service.url, safe_service.url, f"http://localhost:{service.port}"):
        ask(outbound, url)
    assert (service.accepted, safe_service.accepted) == (2, 1)


def test_idle_connection_is_closed_though_nobody_asks(
    outbound: Outbound, service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (lines, pool):
        monkeypatch.setattr(module, "IDLE_SECONDS", 0.02)
    ask(outbound, service.url)
    service.await_ends(1)
    ask(outbound, service.url)
    assert service.accepted == 2
    service.await_ends(2)


def test_answer_that_was_not_read_whole_ends_its_connection(outbound: Outbound, service: Upstream) -> None:
    service.on("/huge", huge(10_000_000))
    exchange = outbound.exchange()
    send(exchange, service.url + "/huge")
    exchange.close()
    service.await_ends(1)
    ask(outbound, service.url)
    assert service.accepted == 2


def test_what_follows_an_answer_is_not_taken_for_the_next(outbound: Outbound, service: Upstream) -> None:
    def answer_twice(visit: Visit) -> None:
        mine, forged = (head(200, ("Content-Length", "4")) + each for each in (b"mine", b"fake"))
        visit.write(mine + forged)

    service.on("/", answer_twice)
    service.on("/next", reply(b"honest"))
    assert ask(outbound, service.url)[1] == b"mine"
    assert ask(outbound, service.url + "/next")[1] == b"honest"


def test_answer_that_comes_unasked_is_not_taken_for_the_next(outbound: Outbound, service: Upstream) -> None:
    forged = threading.Event()

    def answer_then_forge(visit: Visit) -> None:
        reply(b"mine")(visit)
        visit.await_turn()
        visit.write(head(200, ("Content-Length", "4")) + b"fake")
        forged.set()

    service.on("/", answer_then_forge)
    service.on("/next", reply(b"honest"))
    ask(outbound, service.url)
    service.let_go_on()
    assert forged.wait(20)
    assert ask(outbound, service.url + "/next")[1] == b"honest"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_connection_that_ends_under_a_request_that_does_no_harm_is_dialled_anew(
    outbound: Outbound, service: Upstream, method: str
) -> None:
    ask(outbound, service.url)
    service.on("/", lambda visit: hang_up(visit) if visit.request.connection == 1 else reply(b"new")(visit))
    assert ask(outbound, service.url, method)[0].status == 200
    assert [each.connection for each in service.requests] == [1, 1, 2]


@pytest.mark.parametrize(("method", "content"), [("POST", b""), ("DELETE", b""), ("GET", b"HTTP/1.1 200 Fi")])
def test_what_may_have_been_done_is_not_done_twice(
    outbound: Outbound, service: Upstream, method: str, content: bytes
) -> None:
    ask(outbound, service.url)
    service.on("/", raw(content))
    with pytest.raises(UpstreamBroken):
        ask(outbound, service.url, method)
    assert len(service.requests) == 2


def test_connection_that_said_it_would_end_is_not_used_again(outbound: Outbound, service: Upstream) -> None:
    service.on("/", reply(b"", ("Connection", "close")))
    ask(outbound, service.url)
    ask(outbound, service.url)
    assert service.accepted == 2


def test_there_is_an_end_of_connections(
    outbound: Outbound, service: Upstream, safe_service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MOST_LINES", 1)
    ask(outbound, service.url)
    exchange = outbound.exchange()
    # The idle one gives way.
    send(exchange, safe_service.url)
    assert outbound._pool._idle == []
    service.await_ends(1)
    with pytest.raises(UpstreamSlow):
        ask(outbound, service.url)
    exchange.close()
    assert ask(outbound, service.url)[0].status == 200
