"""Delivers letters for as long as the process lives: in a thread of each server process, and in `flask worker`."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra.delivery import Delivery
from webapp.infra.outbox import MailBell

if TYPE_CHECKING:
    from webapp.web.application import Application

# The bell is heard within one process; letters of the others, and those that wait for their time, are looked for.
POLL_SECONDS: Final = 5.0
_AFTER_A_FAULT_SECONDS: Final = 30.0
_log = logging.getLogger("latchkey.mail")


class Postman:
    """One at a time in a process; several processes keep out of each other's way by their claims."""

    def __init__(self, app: Application, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._app = app
        self._settings = app.extensions["latchkey"].get(Settings)
        self._bell = app.extensions["latchkey"].get(MailBell)
        self._poll_seconds = poll_seconds
        self._is_stopped = threading.Event()

    def start(self) -> None:
        """Begin, where letters can be sent at all. The thread ends with the process: what it was at is sent later."""
        if self._settings.sends_mail:
            threading.Thread(target=self.work, name="postman", daemon=True).start()

    def stop(self) -> None:
        """End after the letter at hand."""
        self._is_stopped.set()
        self._bell.ring()

    def work(self) -> None:
        """Until it is stopped."""
        delivery = Delivery(self._settings)
        while not self._is_stopped.is_set():
            self._wait(self._do_round(delivery))

    def _do_round(self, delivery: Delivery) -> float:
        """Deliver what is due. How long to wait before the next round, whatever rings: 0 when a ring is welcome."""
        with self._app.app_context():
            set_origin(Origin("job"))
            try:
                delivery.run_round(self._is_stopped.is_set)
            except Problem as problem:
                _log.warning("Letters wait: %s", problem.message, extra={"code": problem.code})
                return self._poll_seconds
            except Exception:  # noqa: BLE001 - a fault must not end all delivery
                _log.exception("Letters wait: a round of deliveries failed")
                return _AFTER_A_FAULT_SECONDS
            return delivery.pause.total_seconds()

    def _wait(self, pause: float) -> None:
        if pause == 0:
            self._bell.wait(self._poll_seconds)
        until = clock.monotonic() + pause
        while not self._is_stopped.is_set() and (left := until - clock.monotonic()) > 0:
            self._is_stopped.wait(left)
