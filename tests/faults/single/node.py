"""One node on SQLite with a crowd before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.load.crowd import Crowd
from tests.faults.load.door import Door
from tests.faults.load.records import Records, read_sqlite
from tests.faults.load.trial import Trial
from tests.make import set_up_live

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.live import LiveServer

PLACE = "one node, SQLite"
OVERLAP, DEADLINE = 10, 5
# So short that a chain of refresh tokens moves every 20 seconds; the client gives up sooner than the server thinks.
GIVES_UP = 4.0
# As the browser client does it, under the default settings.
PATIENT = 12.0
_LANES = ("AUTH_PER_ADDRESS", "SIGNIN_PER_ACCOUNT", "SIGNIN_OVERALL", "REFRESH_PER_SESSION", "PER_ADDRESS")
# The whole crowd comes from one address.
LIMITS = {f"LIMIT_{name}": "1000000/m" for name in _LANES}
ENVIRONMENT = {
    "REFRESH_OVERLAP": str(OVERLAP),
    "REFRESH_DEADLINE": str(DEADLINE),
    "ACCESS_TOKEN_LIFETIME": "60",
    **LIMITS,
}


def database_of(server: LiveServer) -> Path:
    return server._instance / "latchkey.db"


def door_of(server: LiveServer) -> Door:
    return Door(server.url, port=server.port)


def begin_trial(fault: str, server: LiveServer, *, gives_up: float = GIVES_UP) -> Trial:
    """A crowd that is signed in before the server; it starts to work in the trial's `with` block."""
    set_up_live(server)
    crowd = Crowd(door_of(server), deadline=gives_up).gather()

    def read() -> Records:
        return read_sqlite(database_of(server))

    return Trial(fault, PLACE, crowd, read)
