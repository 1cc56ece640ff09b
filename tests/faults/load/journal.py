"""What the people of a load asked for and what they were told, and every change that was acknowledged to them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Literal

# good: answered as was wanted. put off: told in words that nothing was done and when to come back, or never reached.
# broken: anything else, and nobody can say whether it was done.
Outcome = Literal["good", "put off", "broken"]


@dataclass(frozen=True, slots=True)
class Try:
    """One request and what came of it; `told` is a status with its code, or what became of the connection."""

    begun: float
    ended: float
    outcome: Outcome
    told: str


@dataclass(slots=True)
class Act:
    """One thing that a person wanted done, in as many tries as it took. It came good when its last try did."""

    what: str
    is_read: bool
    tries: list[Try] = field(default_factory=list)

    @property
    def came_good(self) -> bool:
        return bool(self.tries) and self.tries[-1].outcome == "good"

    @property
    def went_well_at_once(self) -> bool:
        return bool(self.tries) and self.tries[0].outcome == "good"


@dataclass(frozen=True, slots=True)
class Ended:
    """A session whose sign-out was acknowledged, with what must not open it any more."""

    session_id: str
    token: str
    cookie: str
    csrf: str


@dataclass(slots=True)
class Named:
    """A name that a person gave themselves; `acknowledged` once the answer said so, `unanswered` if none ever came."""

    value: str
    acknowledged: bool = False
    unanswered: bool = False


class Journal:
    """Written by all people of a crowd at once."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.names: dict[str, list[Named]] = {}
        self.sessions: list[str] = []
        self.ended: list[Ended] = []
        self.thrown_out: list[str] = []
        self.stale: list[str] = []
        self.revived: list[str] = []
        self._changed = threading.Condition()
        self._good = 0

    def begin(self, what: str, *, is_read: bool) -> Act:
        act = Act(what, is_read)
        with self._changed:
            self.acts.append(act)
        return act

    def note(self, act: Act, begun: float, outcome: Outcome, told: str) -> None:
        with self._changed:
            act.tries.append(Try(begun, time.monotonic(), outcome, told))
            self._good += outcome == "good"
            self._changed.notify_all()

    def await_good(self, number: int, seconds: float = 60.0) -> None:
        """Wait until so many more tries were good. Raises TimeoutError."""
        with self._changed:
            goal = self._good + number
            if not self._changed.wait_for(lambda: self._good >= goal, seconds):
                raise TimeoutError(
                    f"{goal - self._good} of {number} good answers are missing after {seconds} s"
                )

    def ask_name(self, username: str, value: str) -> Named:
        """Before the request: from now on the value may be found."""
        named = Named(value)
        with self._changed:
            self.names.setdefault(username, []).append(named)
        return named

    def may_be_called(self, username: str, *, before: int | None = None) -> set[str]:
        """What the person may be called: the name acknowledged last, or one asked for since; or any whose request was
        never answered, since it may be under way still.

        `before`: as of when so many names had been asked for, and in any moment since.
        """
        with self._changed:
            names = list(self.names.get(username, []))
        known = names if before is None else names[:before]
        sure = max((place for place, each in enumerate(known) if each.acknowledged), default=None)
        return {each.value for each in names if each.unanswered} | {
            each.value for each in (names if sure is None else names[sure:])
        }

    def acknowledged_names(self) -> set[str]:
        return {each.value for names in self.names.values() for each in names if each.acknowledged}
