"""What the filters of the audit mean, or why they mean nothing: only what is said is read here, nobody is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

from webapp.admin.audit_kinds import names_meant
from webapp.infra.audit import bits_of_address

if TYPE_CHECKING:
    from collections.abc import Mapping

PEOPLE = ("by", "whom", "who")
FILTERS = (*PEOPLE, "name", "result", "from", "until", "address", "request_id")
RESULTS = ("success", "failure")
_LONGEST_REQUEST_ID = 64
# What every calendar and database here can hold, with room for what is added to it.
_FIRST_YEAR, _LAST_YEAR = 1971, 9998
NOT_A_TIME = "Write a date and time, such as 2026-11-22T14:30."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What events must be like. None, or nothing, means that it does not matter.

    `by` did it, `whom` it happened to, `who` either; account ids, any of them. `bits` are the first and the last
    address. Events of `since` are in, those of `until` are not.
    """

    by: tuple[str, ...] | None = None
    whom: tuple[str, ...] | None = None
    who: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()
    result: str = ""
    bits: tuple[bytes, bytes] | None = None
    request_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_filters(typed: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """What was asked for, people aside, and for each filter that cannot be meant a sentence that says why."""
    problems: dict[str, str] = {}
    names = names_meant(typed["name"]) if typed["name"] else ()
    if typed["name"] and not names:
        problems["name"] = "No kind of event has this name. Choose one of the list."
    if typed["result"] and typed["result"] not in RESULTS:
        problems["result"] = "An event ends in success or failure. Choose one of the list."
    if len(typed["request_id"]) > _LONGEST_REQUEST_ID:
        problems["request_id"] = f"A request id has at most {_LONGEST_REQUEST_ID} characters."
    since, until = (_read_end(typed, name, problems) for name in ("from", "until"))
    if since and until and since >= until:
        problems["until"] = "This is before the time that events are shown from. Choose a later one."
    wanted = Wanted(
        names=names,
        result=typed["result"],
        bits=_read_network(typed["address"], problems),
        request_id=typed["request_id"],
        since=since,
        until=until,
    )
    return wanted, problems


def _read_end(typed: Mapping[str, str], name: str, problems: dict[str, str]) -> datetime | None:
    """The first moment that is in, or the first that is not. "Until" a minute, or a day, has all of it."""
    text = typed[name]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems[name] = NOT_A_TIME
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        problems[name] = f"Choose a year from {_FIRST_YEAR} to {_LAST_YEAR}."
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment if name == "from" else moment + _precision(text)


def _precision(text: str) -> timedelta:
    """How long what was named lasts: a day, a minute, a second."""
    _, _, clock_time = text.replace(" ", "T").partition("T")
    if not clock_time:
        return timedelta(days=1)
    # As far as the seconds, if there are any: an offset from UTC has a colon, too.
    return timedelta(seconds=1) if clock_time[:6].count(":") == 2 else timedelta(minutes=1)


def _read_network(text: str, problems: dict[str, str]) -> tuple[bytes, bytes] | None:
    """The first and the last address of a network in 128 bits; one address is a network, too."""
    if not text:
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        problems["address"] = (
            "Write an address or a network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
        )
        return None
    first, last = (bits_of_address(str(each)) for each in (network[0], network[-1]))
    return (first, last) if first is not None and last is not None else None
