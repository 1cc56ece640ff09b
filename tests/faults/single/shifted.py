"""`flask --app wsgi …` whose clock is the machine's and so many seconds more as the file SHIFT says, at each request.

Time that only passes, for timeouts and limits, is left alone: no jump of a machine's clock moves it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import time_machine

from tests.servers import watched

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication


class Shifted:
    """Around an application."""

    def __init__(self, application: WSGIApplication, file: Path) -> None:
        self._application, self._file = application, file
        self._lock = Lock()
        self._seconds = 0.0
        self._travelling: time_machine.travel | None = None

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        with suppress(OSError, ValueError):
            self._follow(float(self._file.read_text()))
        return self._application(environ, start_response)

    def _follow(self, seconds: float) -> None:
        with self._lock:
            if seconds == self._seconds:
                return
            if self._travelling is not None:
                self._travelling.stop()
                self._travelling = None
            if seconds:
                self._travelling = time_machine.travel(
                    datetime.now(UTC) + timedelta(seconds=seconds), tick=True
                )
                self._travelling.start()
            self._seconds = seconds


if __name__ == "__main__":
    from wsgi import app

    app.wsgi_app = Shifted(app.wsgi_app, Path(os.environ["SHIFT"]))  # type: ignore[method-assign]
    watched.main()
