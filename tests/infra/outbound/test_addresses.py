"""Which addresses are reached: what is public, what the operator named, and some never."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.errors import AddressRefused

PUBLIC = AddressRules([])
EVERYWHERE = AddressRules([ip_network("0.0.0.0/0"), ip_network("::/0")])
NEVER = [
    "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "169.254.170.2", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::2", "fe80::1", "febf::1", "fec0::1", "ff02::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
    "fd00:c1::a9fe:a9fe", "fd00:42::42", "::7f00:1", "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8", "64:ff9b:1::7f00:1", "64:ff9b:1:ffff::1", "2002:7f00:1::", "2002:808:808::1",
    "2001:0:7f00:1::1",
    "2001::1", "100::1", "4000::1", "5f00::1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:0.0.0.0",
    "fe80::1%eth0", "fe80::a9fe:a9fe", "2600::1%eth0", "", "localhost", "127.1", "0x7f000001", "2130706433",
    "0177.0.0.1",
    "127.0.0.1:80", "[::1]", " 8.8.8.8", "8.8.8.8\n", "\u0661.1.1.1",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "::1", "fc00::1", "fdff::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "3fff::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "0:0:0:0:0:ffff:c0a8:1",
]  # fmt: skip
GLOBAL = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "172.15.255.255", "172.32.0.1",
    "192.167.255.255", "198.20.0.1", "223.255.255.255", "2600::1", "2a00:1450::1", "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
]  # fmt: skip


def is_reached(rules: AddressRules, address: str, *, is_plain: bool = False) -> bool:
    try:
        rules.require(address, is_plain=is_plain)
    except AddressRefused:
        return False
    return True


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_reached(address: str) -> None:
    assert not is_reached(PUBLIC, address)
    assert not is_reached(EVERYWHERE, address)
    assert not is_reached(EVERYWHERE, address, is_plain=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_reached_only_where_the_operator_named_it(address: str) -> None:
    assert not is_reached(PUBLIC, address)
    assert is_reached(EVERYWHERE, address)
    assert is_reached(EVERYWHERE, address, is_plain=True)


@pytest.mark.parametrize("address", GLOBAL)
def test_public_address_is_reached_and_without_tls_only_where_named(address: str) -> None:
    assert is_reached(PUBLIC, address)
    assert not is_reached(PUBLIC, address, is_plain=True)
    assert is_reached(EVERYWHERE, address, is_plain=True)


def test_network_that_is_named_opens_no_other() -> None:
    rules = AddressRules([ip_network("10.1.0.0/16")])
    reached = [
        is_reached(rules, each)
        for each in ("10.1.2.3", "::ffff:10.1.2.3", "10.2.0.1", "127.0.0.1", "fc00::1")
    ]
    assert reached == [True, True, False, False, False]


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), st.ip_addresses(v=6, network="2000::/3")))
def test_what_is_reached_by_default_is_global(address: IPv4Address | IPv6Address) -> None:
    found = ip_address(str(address))
    if is_reached(PUBLIC, str(address)):
        plain = getattr(found, "ipv4_mapped", None) or found
        assert plain.is_global
        assert not plain.is_multicast
        assert getattr(plain, "teredo", None) is None
        assert getattr(plain, "sixtofour", None) is None


@given(st.ip_addresses(v=4))
def test_mapped_address_is_judged_as_what_it_maps(address: IPv4Address) -> None:
    mapped = f"::ffff:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"
    assert is_reached(PUBLIC, mapped) == is_reached(PUBLIC, str(address))
    assert is_reached(EVERYWHERE, mapped) == is_reached(EVERYWHERE, str(address))
