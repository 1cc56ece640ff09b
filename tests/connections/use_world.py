"""Calls as they are noted once they are over, without the calls themselves."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from tests.connections.making import Made, make_connection
from tests.make import entered
from webapp.core import clock

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person

BASE_URL = "https://api.example.com/v1"
_numbers = count(1)


def connect(app: Flask, **changes: Any) -> Made:
    """A connection to a service on the internet, which nobody calls here."""
    return make_connection(app, **{"base_url": BASE_URL, **changes})


def use(app: Flask, connection: Made, person: Person, times: int = 1, **changes: Any) -> None:
    """Note so many calls of this moment, answered with 200 after 50 ms, unless `changes` say otherwise."""
    from webapp.connections.use import CallNote, note_call

    for _ in range(times):
        facts: dict[str, Any] = {
            "connection_id": connection.id,
            "account_id": person.id,
            "session_id": "s" * 26,
            "at": clock.now(),
            "method": "GET",
            "path": "/v1/forecast",
            "status": 200,
            "error": None,
            "sent_bytes": 10,
            "answered_bytes": 1000,
            "first_byte_ms": 50,
            "milliseconds": 60,
            "request_id": f"request-{next(_numbers)}",
            "masked": 0,
            **changes,
        }
        with entered(app):
            note_call(CallNote(**facts))
