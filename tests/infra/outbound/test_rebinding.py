"""A name that leads somewhere else a moment later: it is looked up once, and what was judged is what is dialled."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tests.infra.outbound.world import ask
from tests.servers.dns import NameServer, name_server
from tests.servers.network import NetworkForbidden
from tests.servers.upstream import Upstream
from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.errors import AddressRefused
from webapp.infra.outbound.exchanges import Outbound
from webapp.infra.outbound.names import Names


def asking(server: NameServer, *allowed: str) -> Outbound:
    return Outbound(Names(server.ask), AddressRules([ip_network(each) for each in allowed]))


def test_name_that_turns_to_this_machine_after_the_check_gains_nothing(service: Upstream) -> None:
    # 127.0.0.1 stands for the attacker's own server here, which is to be reached, and 127.0.0.2 for what is not.
    with name_server(["127.0.0.1"], ["127.0.0.2"]) as server:
        outbound = asking(server, "127.0.0.1/32")
        ask(outbound, f"http://evil.example:{service.port}/")
        outbound.close()
    assert server.questions == ["evil.example"]
    assert [each.header("Host") for each in service.requests] == [f"evil.example:{service.port}"]


def test_public_address_that_was_judged_is_the_one_dialled(service: Upstream) -> None:
    # The tests' own guard names what was dialled.
    dialled = pytest.raises(NetworkForbidden, match=r"93\.184\.216\.34")
    with name_server(["93.184.216.34"], ["127.0.0.1"]) as server, dialled:
        ask(asking(server), f"https://evil.example:{service.port}/")
    assert server.questions == ["evil.example"]
    assert service.accepted == 0


def test_each_dial_asks_once_and_judges_anew(service: Upstream) -> None:
    with name_server(["127.0.0.1"], ["127.0.0.2"]) as server:
        outbound = asking(server, "127.0.0.1/32")
        ask(outbound, f"http://evil.example:{service.port}/")
        outbound.close()
        with pytest.raises(AddressRefused):
            ask(outbound, f"http://evil.example:{service.port}/")
    assert len(server.questions) == 2
    assert service.accepted == 1


@pytest.mark.parametrize("found", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "169.254.169.254"]])
def test_name_with_one_bad_address_is_refused_whole(service: Upstream, found: list[str]) -> None:
    with name_server(found) as server, pytest.raises(AddressRefused):
        ask(asking(server, "127.0.0.1/32"), f"http://evil.example:{service.port}/")
    assert service.accepted == 0
