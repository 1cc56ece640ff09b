"""What wakes whoever delivers letters: rung when a unit that queued one has been committed."""

from __future__ import annotations

import threading
from typing import Any, Final

from sqlalchemy import event

from webapp.core.parts import part
from webapp.infra.database import db

_WAITING: Final = "latchkey.letters_waiting"


class MailBell:
    """One for each process. A ring that nobody heard is kept until somebody listens."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake the one who waits, or the next who will."""
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Until it rings, or so long."""
        self._rung.wait(seconds)
        self._rung.clear()


def ring_after_commit() -> None:
    """Ring when the present unit is committed: before that, nobody else sees the letter."""
    db.session.info[_WAITING] = True


@event.listens_for(db.session, "after_commit")
def _ring(session: Any) -> None:
    if session.info.pop(_WAITING, False):
        part(MailBell).ring()


@event.listens_for(db.session, "after_rollback")
def _forget(session: Any) -> None:
    session.info.pop(_WAITING, None)
