"""Where the server may listen, and what it says where it may not."""

from __future__ import annotations

import socket

import pytest

from tests.ops.serving import Server, free_port, serving
from webapp.ops import server


def test_port_in_use_ends_with_one_line_that_names_port_and_cure() -> None:
    with serving() as first:
        port = first.port
        code, output, errors = Server("Latchkey", port=port).end()
        assert first.ask("/").endswith(b"done")
    assert code == 1
    assert output == ""
    assert errors.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is in use" in errors
    assert "PORT=" in errors


def test_foreign_address_is_named() -> None:
    code, _, errors = Server(host="192.0.2.1", port=8000).end()
    assert code == 1
    assert errors.startswith("HOST=192.0.2.1 is not an address of this machine.")


@pytest.mark.parametrize("port", [-1, 0, 65_536, 70_000])
def test_impossible_port_is_named(port: int) -> None:
    with pytest.raises(server.AddressUnusable, match=rf"There is no port {port}\."):
        server.probe_address("127.0.0.1", port)


def test_privileged_port_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(server.AddressUnusable, match=r"Port 80 needs rights .* PORT=8000"):
        server.probe_address("127.0.0.1", 80)


def test_name_of_this_machine_becomes_its_address() -> None:
    assert server.probe_address("localhost", free_port()) in {"127.0.0.1", "::1"}


def test_server_listens_on_an_ipv6_address() -> None:
    with serving(host="::1") as running:
        assert running.ask("/").endswith(b"done")
