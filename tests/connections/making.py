"""Connections as a test needs them, made by the product's own functions, with a key that must turn up nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.make import entered

if TYPE_CHECKING:
    from flask import Flask

# Found in any answer, log, page, event or dump, it is a leak: tests/servers/canary.py looks for it everywhere.
CANARY_KEY: Final = "canary-key-of-a-connection-7Qz"
# Every other key holds it, so that it is found, too; a test that seals one without it fails.
OTHER_KEY: Final = f"another-{CANARY_KEY}"
LOOPBACK: Final = {"CONNECTIONS_ALLOW_NETWORKS": "127.0.0.0/8"}
_WORDS: Final[dict[str, Any]] = {
    "name": "weather",
    "purpose": "Forecasts for the plant",
    "base_url": "http://127.0.0.1:9",
    "auth_kind": "bearer",
    "auth_name": "",
    "auth_template": "",
    "methods": ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    "paths": ("/*",),
    "request_headers": (),
    "answer_headers": (),
    # A day is over seldom enough while a test runs, also on a server in a process of its own.
    "per_person": "1000/d",
    "overall": "",
    "most_sent": 1_000_000,
    "most_answered": 10_000_000,
    "answer_seconds": 30,
    "call_seconds": 300,
    "calls_at_once": 4,
    "roles": ("user",),
    "is_enabled": True,
}


@dataclass(frozen=True, slots=True)
class Made:
    """A connection that is there."""

    id: str
    name: str

    def path(self, rest: str = "", version: str = "v1") -> str:
        """Where a person calls it; `rest` begins with a slash."""
        return f"/api/{version}/connections/{self.name}{rest}"


def make_connection(app: Flask, *, key: str = CANARY_KEY, **changes: Any) -> Made:
    """A connection that everybody with the role `user` may use, unless `changes` to its words say otherwise.

    The application must have been made with LOOPBACK for it to reach a server on this machine.
    """
    from webapp.connections.service import create_connection
    from webapp.connections.words import require_words
    from webapp.infra.database import unit_of_work

    with entered(app), unit_of_work():
        connection = create_connection(require_words(**_WORDS | changes), key, actor_id="A" * 26)
        return Made(connection.id, connection.name)
