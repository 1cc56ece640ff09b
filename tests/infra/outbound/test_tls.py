"""TLS to a service: verified against the name that was typed and the authorities of the machine."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from tests.infra.outbound.world import Running, ask, make_outbound, silent_port
from tests.servers.certificates import Authority
from tests.servers.upstream import Upstream, upstream
from webapp.infra.outbound.errors import UpstreamSlow, UpstreamUnreachable

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.infra.outbound.exchanges import Outbound


def test_name_is_told_and_verified(authority: Authority) -> None:
    context = authority.server_context("api.example.com")
    told: list[str | None] = []
    context.sni_callback = lambda _line, name, _context: told.append(name)
    with upstream(context) as service:
        outbound = make_outbound("127.0.0.1", context=authority.client_context())
        head, _ = ask(outbound, f"https://api.example.com:{service.port}/")
        outbound.close()
        assert head.status == 200
        assert told == ["api.example.com"]
        assert service.requests[0].header("Host") == f"api.example.com:{service.port}"


def test_certificate_may_be_for_an_address(authority: Authority, outbound: Outbound) -> None:
    with upstream(authority.server_context("127.0.0.1"), host="127.0.0.1") as service:
        assert ask(outbound, service.url)[0].status == 200


@pytest.mark.parametrize("fault", ["name", "expired", "authority", "old"])
def test_service_that_cannot_prove_its_name_is_not_asked(
    authority: Authority, outbound: Outbound, tmp_path: Path, fault: str
) -> None:
    other = Authority(tmp_path / "other.pem", "Other")
    context = {
        "name": lambda: authority.server_context("other.example"),
        "expired": lambda: authority.server_context("localhost", is_expired=True),
        "authority": lambda: other.server_context("localhost"),
        "old": lambda: authority.server_context("localhost"),
    }[fault]()
    if fault == "old":
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with upstream(context) as service, pytest.raises(UpstreamUnreachable):
        ask(outbound, service.url)
    assert service.requests == []


def test_authorities_are_those_of_the_machine(
    authority: Authority, safe_service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UpstreamUnreachable):
        ask(make_outbound(), safe_service.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    outbound = make_outbound()
    assert ask(outbound, safe_service.url)[0].status == 200
    outbound.close()


def test_service_without_tls_is_not_spoken_to(service: Upstream) -> None:
    with pytest.raises(UpstreamUnreachable):
        ask(make_outbound(), f"https://127.0.0.1:{service.port}/")
    assert service.requests == []


def test_handshake_that_hangs_is_slow() -> None:
    with silent_port() as port:
        url = f"https://127.0.0.1:{port}/"
        running = Running(lambda: ask(make_outbound(), url, answer_seconds=0.1))
        assert isinstance(running.end(), UpstreamSlow)
