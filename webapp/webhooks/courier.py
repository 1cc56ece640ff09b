"""Which message is sent next, so that an endpoint that is slow or away holds up nobody but itself.

Bounded in each process: so many at once, so many of one endpoint, one of an endpoint that fails, and those that fail
have no more than half of the places together. After a failure an endpoint is left alone for a moment, however many
messages wait for it.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.errors import Problem
from webapp.infra.database import unit_of_work
from webapp.webhooks import queue_store
from webapp.webhooks.delivery import deliver

if TYPE_CHECKING:
    from webapp.webhooks.queue_store import Candidate, Claim

MOST_AT_ONCE: Final = 16
MOST_OF_ONE: Final = 2
# After the first failure, then twice as long each time. One delivery, and all that waits goes.
FIRST_REST_SECONDS: Final = 1.0
LONGEST_REST_SECONDS: Final = 30.0
_log = logging.getLogger("latchkey.webhooks")


class Courier:
    """Of one process; every method may be called from any thread, in an application at work and outside of any unit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: list[Claim] = []
        # By endpoint: until when it is left alone, and how long that was.
        self._rests: dict[str, tuple[float, float]] = {}

    def take(self) -> Claim | None:
        """Claim the next message that may be sent now; None when there is none. Raises DatabaseAway."""
        if not self._has_room():
            return None
        with unit_of_work(writes=False):
            candidates = [each for each in queue_store.list_candidates() if self._may_take(each)]
        for candidate in candidates:
            with unit_of_work(writes=False):
                claim = queue_store.claim_message(candidate)
            if claim is not None:
                with self._lock:
                    self._under_way.append(claim)
                return claim
        return None

    def carry_out(self, claim: Claim) -> bool:
        """Send what was taken; whether it was delivered. What goes wrong is logged, and others try again later."""
        is_delivered = False
        try:
            is_delivered = deliver(claim)
        except Problem as problem:
            _log.warning(
                "A webhook message is tried again: %s", problem.message, extra={"code": problem.code}
            )
        except Exception:  # noqa: BLE001 - one message's fault must keep no other back
            _log.exception("A webhook message is tried again: its outcome could not be written down.")
        finally:
            self._let_go(claim, is_delivered=is_delivered)
        return is_delivered

    def run_round(self) -> tuple[int, int]:
        """Send all that is due, one after the other: how many were delivered, and how many were not."""
        delivered = failed = 0
        while (claim := self.take()) is not None:
            if self.carry_out(claim):
                delivered += 1
            else:
                failed += 1
        return delivered, failed

    def _has_room(self) -> bool:
        with self._lock:
            return len(self._under_way) < MOST_AT_ONCE

    def _let_go(self, claim: Claim, *, is_delivered: bool) -> None:
        with self._lock:
            self._under_way.remove(claim)
            _, before = self._rests.pop(claim.endpoint_id, (0.0, FIRST_REST_SECONDS / 2))
            if not is_delivered:
                rest = min(before * 2, LONGEST_REST_SECONDS)
                self._rests[claim.endpoint_id] = (clock.monotonic() + rest, rest)

    def _may_take(self, candidate: Candidate) -> bool:
        with self._lock:
            if self._rests.get(candidate.endpoint_id, (0.0, 0.0))[0] > clock.monotonic():
                return False
            of_it = sum(each.endpoint_id == candidate.endpoint_id for each in self._under_way)
            failing = sum(each.is_failing for each in self._under_way)
        if candidate.is_failing:
            return of_it == 0 and failing < MOST_AT_ONCE // 2
        return of_it < MOST_OF_ONE
