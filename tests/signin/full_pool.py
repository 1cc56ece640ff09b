"""A rush: every thread and every waiting place of the password pool is taken."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from webapp.accounts.password_hashing import PasswordHasher

if TYPE_CHECKING:
    from flask import Flask


class FullPool:
    """Holds every thread and every waiting place of the password pool until it is let go."""

    def __init__(self, app: Flask) -> None:
        hasher: PasswordHasher = app.extensions["latchkey"].get(PasswordHasher)
        self.pool = hasher._pool
        self.gate = threading.Event()
        self.callers = ThreadPoolExecutor(32)

    def fill(self, *, known_device: bool) -> None:
        """Take every place that callers of this kind may take."""
        while True:
            before = len(self.pool._callers)
            caller = self.callers.submit(self.pool.run, lambda: self.gate.wait(30), known_device=known_device)
            while len(self.pool._callers) == before:
                if caller.done():
                    return

    def let_go(self) -> None:
        self.gate.set()
        self.callers.shutdown()
