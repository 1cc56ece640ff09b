"""Somebody who has a service answer with guesses at its key: nothing that comes back depends on how good they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.connections.calling import notes_of
from tests.connections.making import CANARY_KEY
from tests.servers.upstream_answers import chunk, head

if TYPE_CHECKING:
    from tests.connections.calling import Caller
    from tests.servers.upstream import Visit


def keep_and_give(caller: Caller) -> None:
    """A service that gives back what was put there, and then more than is passed on: the end of it is never sent."""
    kept = [b""]

    def keep(visit: Visit) -> None:
        kept[0] = visit.request.body
        visit.write(head(204))

    def give(visit: Visit) -> None:
        visit.write(head(200, ("Transfer-Encoding", "chunked")) + chunk(kept[0]))
        visit.await_turn()
        visit.write(chunk(b"!" * 2000))
        visit.hang_up()

    caller.connect(most_answered=1000)
    caller.service.on("/keep", keep)
    caller.service.on("/given", give)


def test_beginning_of_the_key_comes_back_like_any_other_word(caller: Caller) -> None:
    keep_and_give(caller)
    for guess in (CANARY_KEY[:1], CANARY_KEY[:12], CANARY_KEY[:-1]):
        told = []
        for word in (guess, "#" * len(guess)):
            for rest in (" ", "\n", ""):
                caller.call("PUT", "/keep", data=f"x {word}{rest}")
                caller.service.let_go_on()
                told.append((rest, len(caller.call("GET", "/given").data)))
        assert told[:3] == told[3:]
    assert {each.error for each in notes_of(caller)} == {None, "answer_too_large"}
