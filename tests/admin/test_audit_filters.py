"""What the filters of the audit mean, and what is said of those that mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webapp.admin.audit_filters import FILTERS, Wanted, read_filters
from webapp.admin.audit_kinds import KINDS, label_of, names_meant
from webapp.core.event_names import EventName
from webapp.infra.audit import bits_of_address


def read(**typed: str) -> tuple[Wanted, dict[str, str]]:
    return read_filters({**dict.fromkeys(FILTERS, ""), **typed})


def time_of(text: str, name: str = "from") -> datetime | None:
    wanted, problems = read(**{name: text})
    assert not problems
    return wanted.since if name == "from" else wanted.until


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11-22", (2026, 11, 22), (2026, 11, 23)),
        ("2026-11-22T14:30", (2026, 11, 22, 14, 30), (2026, 11, 22, 14, 31)),
        ("2026-11-22 14:30:05", (2026, 11, 22, 14, 30, 5), (2026, 11, 22, 14, 30, 6)),
        ("2026-11-22T14:30+02:00", (2026, 11, 22, 12, 30), (2026, 11, 22, 12, 31)),
        ("2026-11-22T14:30-02:00", (2026, 11, 22, 16, 30), (2026, 11, 22, 16, 31)),
    ],
)
def test_time_is_utc_and_until_has_all_of_what_it_names(
    text: str, since: tuple[int, int, int], until: tuple[int, int, int]
) -> None:
    assert time_of(text) == datetime(*since, tzinfo=UTC)
    assert time_of(text, "until") == datetime(*until, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"from": "soon"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"until": "9999-12-31T23:59"}, "until"),
        ({"from": "0001-01-01T00:00"}, "from"),
        ({"from": "2026-01-02", "until": "2026-01-01"}, "until"),
        ({"address": "10.0.0.0/33"}, "address"),
        ({"address": "example.org"}, "address"),
        ({"address": "10.1"}, "address"),
        ({"name": "moon.rose"}, "name"),
        ({"result": "maybe"}, "result"),
        ({"request_id": "x" * 65}, "request_id"),
    ],
)
def test_filter_that_means_nothing_is_told_beside_its_field(typed: dict[str, str], field: str) -> None:
    assert list(read(**typed)[1]) == [field]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("10.1.2.3/16", "10.1.0.0", "10.1.255.255"),
        ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("::ffff:10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
    ],
)
def test_network_is_a_range_of_addresses(text: str, first: str, last: str) -> None:
    assert read(address=text)[0].bits == (bits_of_address(first), bits_of_address(last))


def test_every_kind_of_event_stands_once_under_a_thing_and_in_words() -> None:
    offered = [name for kind in KINDS for name, _ in kind.events]
    assert sorted(offered) == sorted(EventName)
    labels = [label_of(name) for name in offered]
    assert len(set(labels)) == len(labels)
    assert not [each for each in labels if "_" in each or "." in each]
    assert names_meant("roles") == ("roles.changed", "role.created", "role.changed", "role.deleted")
