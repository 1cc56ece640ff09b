"""Sends webhook messages for as long as the process lives: in threads of each server process, and in `flask worker`."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.webhooks.courier import Courier
from webapp.webhooks.subscriptions import WebhookBell

if TYPE_CHECKING:
    from webapp.web.application import Application
    from webapp.webhooks.queue_store import Claim

# The bell is heard within one process; messages of the others, and those that wait for their time, are looked for.
POLL_SECONDS: Final = 5.0
_log = logging.getLogger("latchkey.webhooks")


class Messenger:
    """One thread claims; each message is sent by a thread of its own, of which the courier bounds the number."""

    def __init__(self, app: Application, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._app = app
        self._bell = app.extensions["latchkey"].get(WebhookBell)
        self._poll_seconds = poll_seconds
        self._courier = Courier()
        self._under_way: set[threading.Thread] = set()
        self._is_stopped = threading.Event()

    def start(self) -> None:
        """Begin. The threads end with the process: what they were at is sent later, under the same id."""
        threading.Thread(target=self.work, name="messenger", daemon=True).start()

    def stop(self) -> None:
        """End after the messages at hand."""
        self._is_stopped.set()
        self._bell.ring()

    def work(self) -> None:
        """Until it is stopped."""
        while not self._is_stopped.is_set():
            while not self._is_stopped.is_set() and (claim := self._take()) is not None:
                self._send(claim)
            self._bell.wait(self._poll_seconds)
        for each in list(self._under_way):
            each.join()

    def _take(self) -> Claim | None:
        with self._app.app_context():
            set_origin(Origin("job"))
            try:
                return self._courier.take()
            except Problem as problem:
                _log.warning("Webhook messages wait: %s", problem.message, extra={"code": problem.code})
            except Exception:  # noqa: BLE001 - a fault must not end all sending
                _log.exception("Webhook messages wait: none could be claimed")
        return None

    def _send(self, claim: Claim) -> None:
        thread = threading.Thread(target=self._carry_out, args=(claim,), name="webhook-message", daemon=True)
        self._under_way.add(thread)
        try:
            thread.start()
        except RuntimeError:
            # No thread is to be had: it is sent here, and the others wait.
            self._under_way.discard(thread)
            self._carry_out(claim)

    def _carry_out(self, claim: Claim) -> None:
        try:
            with self._app.app_context():
                set_origin(Origin("job"))
                self._courier.carry_out(claim)
        finally:
            self._under_way.discard(threading.current_thread())
            # There is a place again.
            self._bell.ring()
