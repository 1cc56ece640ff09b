"""A few people at work at once, and the look around that follows: who is still signed in, and what of the rest."""

from __future__ import annotations

import threading
from itertools import count
from typing import TYPE_CHECKING, Self

from tests.faults.load.journal import Journal
from tests.faults.load.people import LOOKING, PATIENCE_SECONDS, WORKING, Person, ThrownOut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.load.door import Door

STOP_SECONDS = 60.0
_crowds = count(1)


class Crowd:
    """Within the `with` block they work, each with a pause of `pace` seconds between two acts.

    `readers` of them only look, so that reading is seen while all who write wait; the others have `habits`, and
    `deadline` is as a person's.
    """

    def __init__(
        self,
        door: Door,
        people: int = 5,
        *,
        readers: int = 2,
        pace: float = 0.1,
        habits: Mapping[str, int] = WORKING,
        deadline: float = 12.0,
    ) -> None:
        self.journal = Journal()
        self._number = next(_crowds)
        names = [f"person{self._number}-{number}" for number in range(people)]
        self.people = [
            Person(door, self.journal, name, LOOKING if number < readers else habits, deadline)
            for number, name in enumerate(names)
        ]
        self._pace = pace
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def gather(self) -> Self:
        """Make everybody's account and sign them in, before anything counts."""
        for person in self.people:
            person.join()
            person.sign_in()
            assert person.is_signed_in, person.journal.acts[-1]
        self.journal.acts.clear()
        return self

    def __enter__(self) -> Self:
        for person in self.people:
            thread = threading.Thread(target=self._work, args=(person,), name=person.username, daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS + PATIENCE_SECONDS)
        assert not any(thread.is_alive() for thread in self._threads), "somebody of the crowd never stopped"
        if self._failures:
            raise self._failures[0]

    def await_good(self, number: int, seconds: float = 60.0) -> None:
        """Until so many more requests were answered well."""
        self.journal.await_good(number, seconds)

    def work_for(self, seconds: float) -> None:
        """Let them work for so long; ends early when somebody's program fails."""
        self._is_over.wait(seconds)

    def open_tabs(self, tabs: int) -> None:
        """So many tabs of each person renew at one moment over the one cookie jar; returns when all have heard."""
        start = threading.Barrier(tabs * len(self.people))

        def renew(person: Person) -> None:
            start.wait()
            try:
                person.refresh()
            except ThrownOut as told:
                self.journal.thrown_out.append(f"{person.username}: {told}")

        threads = [
            threading.Thread(target=renew, args=(person,), daemon=True)
            for person in self.people * tabs
            if person.is_signed_in
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(STOP_SECONDS)

    def look_around(self) -> None:
        """Once they have stopped: everybody renews and looks at their name; what was signed out is presented again."""
        for person in self.people:
            try:
                if person.is_signed_in:
                    person.refresh()
                    person.read_profile()
            except ThrownOut as told:
                self.journal.thrown_out.append(f"{person.username}: {told}")
        for ended in list(self.journal.ended):
            self.people[0].show_ended(ended)
            self.people[0].show_ended_cookie(ended)

    def _work(self, person: Person) -> None:
        try:
            while not self._is_over.wait(self._pace):
                person.do_something()
        except BaseException as failure:  # noqa: BLE001 - told to whoever waits for the crowd
            self._failures.append(failure)
            self._is_over.set()
