"""A question about the refresh rule and its answer, by the rule itself and with the settings in force.

Nobody's chain is touched: the row that the question is about exists for the length of the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.errors import InvalidInput
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.tokens.errors import InvalidDpopProof, RefreshRetry, RefreshTokenReused
from webapp.tokens.refresh import timing
from webapp.tokens.refresh_rule import (
    ChainState,
    EndSession,
    Reissue,
    RepeatSuccessor,
    RetryLater,
    Swap,
    decide_refresh,
    digest_user_agent,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from webapp.core.errors import Problem

# The newest number of the imagined chain.
COUNTER: Final = 7
MOST_SECONDS: Final = 86_400
SHOWN: Final = {
    "newest": ("the newest", COUNTER),
    "former": ("the one before it", COUNTER - 1),
    "second": ("two before it", COUNTER - 2),
    "old": ("three before it", COUNTER - 3),
    "unknown": ("one that was never made", COUNTER + 1),
}
WHO: Final = {
    "browser": "the browser it belongs to",
    "other": "another kind of browser",
    "keyless": "a copy, in a session bound to a key",
}
KEPT: Final = {"no": "nothing shows it yet", "yes": "yes, the browser has proved it"}
_SECONDS: Final = re.compile(r"[0-9]{1,5}")
_OWN, _OTHER = digest_user_agent("own"), digest_user_agent("other")


@dataclass(frozen=True, slots=True)
class Question:
    """Which refresh token is shown, so many seconds after the last swap, by whom; and whether the newest one arrived.

    Each but `age` by its name above.
    """

    shown: str
    age: int
    who: str
    kept: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server would answer. `code` is empty where it does not refuse; `kind` as notices have it."""

    status: int
    code: str
    kind: str
    heading: str
    reason: str


USUAL: Final = {"shown": "former", "age": "30", "who": "browser", "kept": "no"}


def read_question(told: Mapping[str, str]) -> Question:
    """What a form says under the names of USUAL. Raises InvalidInput with the fields that make no sense."""
    known: dict[str, Collection[str]] = {"shown": SHOWN, "who": WHO, "kept": KEPT}
    fields = {name: "Choose one of these." for name, choices in known.items() if told[name] not in choices}
    if not (_SECONDS.fullmatch(told["age"]) and int(told["age"]) <= MOST_SECONDS):
        fields["age"] = f"Write a whole number of seconds, from 0 to {MOST_SECONDS}."
    if fields:
        raise InvalidInput(fields=fields)
    return Question(told["shown"], int(told["age"]), told["who"], told["kept"])


def answer(question: Question) -> Verdict:
    """What the rule says, and why."""
    if question.who == "keyless":
        return _refused(
            InvalidDpopProof(),
            "warning",
            "Refused, and nothing changes",
            "The session is bound to a key, and the proof of it is missing. That is decided before the number is "
            "looked at: the owner goes on undisturbed, and the copy is worth nothing.",
        )
    now, shown = clock.now(), SHOWN[question.shown][1]
    age = timedelta(seconds=question.age)
    # A proof that came earlier does not count: it shows that the answer arrived, not that its cookie is on the disk.
    is_kept = question.kept == "yes" and age >= timing().settled
    state = ChainState(
        counter=COUNTER,
        received=COUNTER if is_kept else COUNTER - 1,
        rotated_at=now - age,
        swapper_user_agent=_OWN,
    )
    decision = decide_refresh(state, shown, now, _OTHER if question.who == "other" else _OWN, timing())
    match decision:
        case Reissue():
            return _granted(
                "A new access token, the same cookie",
                f"Number {COUNTER} is the newest, and younger than {_seconds(timing().settled)}. Until then its "
                "cookie may not be on the disk yet, so it stays in force. Most page loads end here, and write nothing.",
            )
        case RepeatSuccessor(number):
            return _granted(
                "The identical successor once more",
                f"Number {shown} was replaced less than {_seconds(timing().overlap)} ago, and nothing shows that "
                f"{number} arrived. Another tab, or a lost answer: number {number} is made again, letter by letter.",
            )
        case Swap(new_counter) if shown == COUNTER:
            return _granted(
                f"A new access token, and refresh token {new_counter}",
                f"Number {COUNTER} has been in force long enough to be safely kept. It is spent from now on, and "
                f"number {new_counter} comes in a cookie.",
            )
        case Swap(new_counter):
            return _granted(
                f"A new access token, and refresh token {new_counter}",
                f"Number {COUNTER} was sent and never used: its answer was lost. The browser gets number "
                f"{new_counter}, and {COUNTER} is void: whoever shows it now ends the session.",
            )
        case RetryLater():
            return _refused(
                RefreshRetry(retry_after=1),
                "info",
                "Try again in a second",
                "An answer may still be on its way to the browser. Nobody is signed out and nothing is handed out: the "
                "browser asks again, with the cookie that it holds by then.",
            )
        case EndSession(EndCause.STATE_LOST):
            return _refused(
                SessionEnded(EndCause.STATE_LOST),
                "warning",
                "The session ends, without an alarm",
                "The signature is right and the number is ahead of the record: the database was set back to an earlier "
                "state. Nobody is called a thief for that.",
            )
        case EndSession():
            return _refused(
                RefreshTokenReused(),
                "danger",
                "The session ends",
                "A spent token came back where no honest browser would show it. Owner and thief cannot be told "
                "apart, so both are signed out. The audit keeps it, and the owner is told by mail.",
            )


def _granted(heading: str, reason: str) -> Verdict:
    return Verdict(200, "", "good", heading, reason)


def _refused(problem: Problem, kind: str, heading: str, reason: str) -> Verdict:
    return Verdict(problem.status, problem.code, kind, heading, reason)


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} seconds"
