"""What wakes whoever delivers letters or messages: rung when a unit that queued one has been committed."""

from __future__ import annotations

import threading
from typing import Any, Final

from sqlalchemy import event

from webapp.core.parts import part
from webapp.infra.database import db

_WAITING: Final = "latchkey.bells_waiting"


class Bell:
    """One of each kind for each process. A ring that nobody heard is kept until somebody listens."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake the one who waits, or the next who will."""
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Until it rings, or so long."""
        self._rung.wait(seconds)
        self._rung.clear()


def ring_after_commit(bell: type[Bell]) -> None:
    """Ring this bell when the present unit is committed: before that, nobody else sees what was queued."""
    db.session.info.setdefault(_WAITING, set()).add(bell)


@event.listens_for(db.session, "after_commit")
def _ring(session: Any) -> None:
    for bell in session.info.pop(_WAITING, ()):
        part(bell).ring()


@event.listens_for(db.session, "after_rollback")
def _forget(session: Any) -> None:
    session.info.pop(_WAITING, None)
