"""The turns in which requests are worked on: each is given back once, by whoever is done first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import queue


class Turn:
    """One request's, given back once."""

    __slots__ = ("_turns",)

    def __init__(self, turns: queue.SimpleQueue[None]) -> None:
        self._turns: queue.SimpleQueue[None] | None = turns

    def give_back(self) -> None:
        """Let another request be worked on."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.put(None)
