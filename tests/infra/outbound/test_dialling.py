"""Reaching a service: which of its addresses, how long, and never in the open."""

from __future__ import annotations

import pytest

from tests.infra.outbound.world import ask, make_outbound, silent_port
from tests.servers.upstream import Upstream
from tests.servers.valkey import free_port
from webapp.infra.outbound.errors import AddressRefused, UpstreamSlow, UpstreamUnreachable


def test_next_address_is_tried_where_nobody_listens(service: Upstream) -> None:
    outbound = make_outbound("127.0.0.9", "::1", "127.0.0.1")
    head, _ = ask(outbound, f"http://a.example:{service.port}/")
    outbound.close()
    assert head.status == 200


def test_address_that_hangs_leaves_time_for_the_next() -> None:
    with silent_port(is_full=True) as port:
        outbound = make_outbound("127.0.0.1", "127.0.0.9")
        with pytest.raises(UpstreamUnreachable):
            ask(outbound, f"http://a.example:{port}/", answer_seconds=0.2)


def test_service_that_cannot_be_dialled_in_time_is_slow() -> None:
    with silent_port(is_full=True) as port, pytest.raises(UpstreamSlow):
        ask(make_outbound("127.0.0.1"), f"http://a.example:{port}/", answer_seconds=0.05)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_port_on_which_nobody_listens_is_unreachable(scheme: str) -> None:
    with pytest.raises(UpstreamUnreachable):
        ask(make_outbound(), f"{scheme}://127.0.0.1:{free_port()}/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0", "[::]"],
)
def test_this_machine_is_not_reached_unless_it_is_named(service: Upstream, host: str) -> None:
    with pytest.raises(AddressRefused):
        ask(make_outbound(allowed=[]), f"https://{host}:{service.port}/")
    assert service.accepted == 0


def test_nothing_goes_in_the_open_beyond_the_networks_that_are_named() -> None:
    with pytest.raises(AddressRefused):
        ask(make_outbound("93.184.216.34"), "http://a.example/")


def test_refusal_does_not_say_which_address_it_was() -> None:
    with pytest.raises(AddressRefused) as refusal:
        ask(make_outbound("10.20.30.40"), "https://a.example/")
    assert "10.20" not in f"{refusal.value} {refusal.value.message} {refusal.value.extra}"
