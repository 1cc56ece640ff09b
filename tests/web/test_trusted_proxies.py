"""Where a request comes from: forwarded headers are believed from configured networks, and walked from the right."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.web.origin import FROM_PROXY, TrustedProxies

NETWORKS = tuple(ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1/32", "2001:db8:1::/48"))


def seen(peer: str, **headers: str) -> dict[str, Any]:
    """The environment as the application gets it."""
    found: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        found.update(environ)
        return []

    given_headers = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "localhost", **given_headers}
    TrustedProxies(application, NETWORKS)(environ, lambda *_: lambda _: None)
    return found


def caller(peer: str, chain: str) -> str:
    return str(seen(peer, x_forwarded_for=chain)["REMOTE_ADDR"])


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("198.51.100.7,10.0.0.2,10.0.0.3", "198.51.100.7"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8:2::7]", "2001:db8:2::7"),
        ("[2001:db8:2::7]:4711", "2001:db8:2::7"),
        ("2001:db8:2::7", "2001:db8:2::7"),
        ("2001:DB8:2:0:0:0:0:7", "2001:db8:2::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, ::ffff:10.0.0.2", "198.51.100.7"),
        ("198.51.100.7, , ,", "198.51.100.7"),
        ("", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        ("198.51.100.7, unknown", "10.0.0.1"),
        ("198.51.100.7, _hidden, 10.0.0.2", "10.0.0.2"),
        ("999.1.1.1", "10.0.0.1"),
        ("198.51.100.7 10.0.0.2", "10.0.0.1"),
        ("0x0a000001", "10.0.0.1"),
        ("<script>", "10.0.0.1"),
    ],
)
def test_chain_is_walked_from_the_right_to_the_first_stranger(chain: str, address: str) -> None:
    assert caller("10.0.0.1", chain) == address


def test_spoofed_entries_to_the_left_of_the_caller_do_not_count() -> None:
    assert caller("10.0.0.1", "127.0.0.1, 10.0.0.9, 8.8.8.8, 198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("entries", [100, 5_000])
def test_chain_of_very_many_entries_is_read_to_a_bound(entries: int) -> None:
    assert caller("10.0.0.1", ",".join(["1.1.1.1"] * entries + ["198.51.100.7"])) == "198.51.100.7"
    assert caller("10.0.0.1", ",".join(["198.51.100.7"] + ["10.0.0.2"] * entries)) == "10.0.0.2"


@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8:2::1", "::1", "127.0.0.2", "", "unix:", "garbage"])
def test_headers_of_a_stranger_do_not_exist(peer: str) -> None:
    found = seen(
        peer,
        x_forwarded_for="198.51.100.7",
        x_forwarded_proto="https",
        x_forwarded_host="evil.example",
        forwarded="for=198.51.100.7",
    )
    assert found["REMOTE_ADDR"] == peer
    assert (found["wsgi.url_scheme"], found["HTTP_HOST"], found[FROM_PROXY]) == ("http", "localhost", False)
    assert not [name for name in found if "FORWARDED" in name]


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8:1::5", "127.0.0.1"])
def test_trusted_proxy_says_scheme_and_host(peer: str) -> None:
    found = seen(peer, x_forwarded_proto="https", x_forwarded_host="accounts.example.org")
    assert (found["wsgi.url_scheme"], found["HTTP_HOST"]) == ("https", "accounts.example.org")


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("https, http", "http"),
        ("javascript", "http"),
        ("", "http"),
        ("https://", "http"),
    ],
)
def test_scheme_is_the_nearest_proxys_and_one_of_two(value: str, scheme: str) -> None:
    assert seen("10.0.0.1", x_forwarded_proto=value)["wsgi.url_scheme"] == scheme


def test_host_is_the_nearest_proxys() -> None:
    assert seen("10.0.0.1", x_forwarded_host="evil.example, good.example")["HTTP_HOST"] == "good.example"


def test_header_forwarded_and_lookalikes_are_not_read() -> None:
    found = seen("10.0.0.1", forwarded="for=198.51.100.7", x_real_ip="198.51.100.7", client_ip="198.51.100.7")
    assert found["REMOTE_ADDR"] == "10.0.0.1"


@given(st.text(max_size=200))
def test_any_chain_gives_an_address_and_no_error(chain: str) -> None:
    assert ip_network(caller("10.0.0.1", chain)).num_addresses == 1
