"""A cluster with a wire between each node and the database, and crowds that come to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from deploy.cluster.cluster import Cluster
from tests.faults.cluster.wire import Wire
from tests.faults.load.crowd import Crowd
from tests.faults.load.door import Door
from tests.faults.load.people import WORKING
from tests.faults.load.records import read_postgres
from tests.faults.load.trial import Trial
from tests.faults.single.node import ENVIRONMENT, GIVES_UP
from tests.servers.shared import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACE = "two nodes, PostgreSQL"
# Development allows what lets a test see in seconds what takes minutes in production: short overlaps, quick passwords,
# keys that move on soon. Everything else is as it is there.
QUICK = {"APP_ENV": "development", "BCRYPT_ROUNDS": "4", "JWKS_MAX_AGE": "2", **ENVIRONMENT}


class Town:
    """Runs as long as the `with` block."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, environment=QUICK)
        self.wires = [Wire(self.cluster.database.port) for _ in self.cluster.nodes]
        for node, wire in zip(self.cluster.nodes, self.wires, strict=True):
            node.database_port = wire.port

    def __enter__(self) -> Self:
        self.cluster.start()
        self.cluster.make_administrator()
        return self

    def __exit__(self, *_: object) -> None:
        self.cluster.stop()
        for wire in self.wires:
            wire.close()

    def begin_trial(self, fault: str, *, habits: Mapping[str, int] = WORKING) -> Trial:
        """A crowd that is signed in; it starts to work in the trial's `with` block."""
        self.await_nodes()
        door = Door(self.cluster.url, self.cluster.ca_path)
        crowd = Crowd(door, 6, deadline=GIVES_UP, habits=habits).gather()
        return Trial(fault, PLACE, crowd, lambda: read_postgres(self.cluster.database.url))

    def await_nodes(self) -> None:
        """Until every node says that it can do its work."""
        wait_until(lambda: all(node.is_ready() for node in self.cluster.nodes), "every node to be ready")
