"""What the filters of the list of sessions mean, or why they mean nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from webapp.admin.audit_filters import FILTERS as AUDIT_FILTERS
from webapp.admin.audit_filters import NOT_A_TIME
from webapp.admin.audit_filters import read_filters as read_audit_filters
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from datetime import datetime

FILTERS = ("whom", "state", "cause", "address", "method", "from", "until")
STATES = ("open", "ended", "all")
METHODS = ("password", "second_factor", "passkey")
State = Literal["open", "ended", "all"]
_NOT_A_DAY = "Write a day, such as 2026-11-22."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What sessions must be like; None, or nothing, means that it does not matter.

    `whom` are account ids, `bits` the first and the last address. Sign-ins of `since` are in, those of `until` are not.
    """

    state: State = "open"
    whom: tuple[str, ...] | None = None
    cause: str = ""
    method: str = ""
    bits: tuple[bytes, bytes] | None = None
    since: datetime | None = None
    until: datetime | None = None


def read_filters(typed: dict[str, str]) -> tuple[Wanted, dict[str, str], dict[str, str]]:
    """What was asked for, people aside; the filters as they are shown; and what cannot be meant, each with why."""
    shown = dict(typed)
    shown["cause"] = typed["cause"] if typed["cause"] in set(EndCause) else ""
    shown["method"] = typed["method"] if typed["method"] in METHODS else ""
    state: State = _state(typed["state"])
    # Whoever asks for a cause asks for what has ended.
    shown["state"] = state = "ended" if shown["cause"] and state == "open" else state
    # Times and networks mean here what they mean in the audit.
    same = {name: typed[name] for name in ("from", "until", "address")}
    told, problems = read_audit_filters(dict.fromkeys(AUDIT_FILTERS, "") | same)
    # A moment is understood here, too, but the form asks for a day.
    problems = {name: _NOT_A_DAY if why == NOT_A_TIME else why for name, why in problems.items()}
    if told.since and told.until and told.since >= told.until:
        problems["until"] = "This is before the day that sign-ins are shown from. Choose a later one."
    wanted = Wanted(
        state=state,
        cause=shown["cause"],
        method=shown["method"],
        bits=told.bits,
        since=told.since,
        until=told.until,
    )
    return wanted, shown, problems


def has_method(methods: str, method: str) -> bool:
    """Whether somebody who signed in by these `amr` values did it in this way."""
    words = methods.split()
    if "pwd" not in words:
        return method == "passkey"
    return method == ("password" if len(words) == 1 else "second_factor")


def _state(text: str) -> State:
    return "ended" if text == "ended" else "all" if text == "all" else "open"
