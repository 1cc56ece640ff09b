"""Settings as other nodes keep them, and a clock that a test sets forward."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import delete

from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import KeptSetting

if TYPE_CHECKING:
    import pytest
    from flask import Flask


class Moved:
    """The clock that processes go by: it stands still, however long a test takes, until the test sets it forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._moment = clock.monotonic()
        monkeypatch.setattr(clock, "monotonic", lambda: self._moment)

    def on(self, seconds: float) -> None:
        self._moment += seconds


def keep(app: Flask, name: str, value: str) -> None:
    """Store a value, as another node does."""
    with app.app_context(), unit_of_work():
        db.session.execute(delete(KeptSetting).where(KeptSetting.name == name))
        db.session.add(
            KeptSetting(name=name, value=value, version=1, changed_at=clock.now(), changed_by=None)
        )


def name_on(app: Flask) -> str:
    """What the application calls itself, for whoever asks without a page session."""
    return str(app.test_client().get("/openapi.json").get_json()["info"]["title"])


def wait_for_look() -> None:
    for thread in threading.enumerate():
        if thread.name == "settings":
            thread.join(30)
