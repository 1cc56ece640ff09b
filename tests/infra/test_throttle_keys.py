"""Whom a limit by address belongs to, and how an operator writes a limit."""

from __future__ import annotations

import pytest

from webapp.core.limit import Limit
from webapp.infra.throttle import key_for_address


def test_ipv6_caller_is_limited_by_network() -> None:
    assert key_for_address("2001:db8:1:2::1") == key_for_address("2001:DB8:1:2:ffff:ffff:ffff:ffff")
    assert key_for_address("2001:db8:1:2::1") != key_for_address("2001:db8:1:3::1")
    assert key_for_address("fe80::1%eth0") == key_for_address("fe80::2%eth1")


def test_mapped_address_is_the_ipv4_caller() -> None:
    assert key_for_address("::ffff:192.0.2.7") == key_for_address("192.0.2.7") == "192.0.2.7"
    assert key_for_address("192.0.2.8") != key_for_address("192.0.2.7")


@pytest.mark.parametrize(
    "address", [None, "", "unix", "192.0.2.7, 10.0.0.1", "192.0.2.999", "a" * 5000, "::1\n"]
)
def test_unreadable_addresses_share_one_limit(address: str | None) -> None:
    assert key_for_address(address) == "unknown"


@pytest.mark.parametrize(
    ("text", "limit", "again"),
    [
        ("100/15m", Limit(100, 900), "100/15m"),
        ("600/m", Limit(600, 60), "600/m"),
        (" 5 / 2h ", Limit(5, 7200), "5/2h"),
        ("1/60s", Limit(1, 60), "1/m"),
        ("9/d", Limit(9, 86_400), "9/d"),
        ("9/90s", Limit(9, 90), "9/90s"),
    ],
)
def test_limit_is_read_and_written(text: str, limit: Limit, again: str) -> None:
    assert Limit.parse(text) == limit
    assert str(limit) == again
    assert Limit.parse(again) == limit


@pytest.mark.parametrize(
    "text", ["", "100", "100/15", "100 per minute", "-1/m", "0x1/m", "100/15m;1/s", "٣/m"]
)
def test_misspelt_limit_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match='"100/15m"'):
        Limit.parse(text)


@pytest.mark.parametrize("text", ["0/m", "5/0m", "5/367d"])
def test_limit_that_could_never_work_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at least 1 attempt"):
        Limit.parse(text)


def test_wait_is_never_shorter_than_a_second_nor_longer_than_the_window() -> None:
    limit = Limit(1, 60)
    assert [limit.seconds_left(moment) for moment in (0.0, 0.5, 59.2, 59.999)] == [60, 60, 1, 1]
    assert limit.end_of(limit.window_at(59.999)) == 60
