"""Several processes on one Redis share every limit exactly."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from tests.infra.throttle_world import burst, new_throttle
from tests.servers.valkey import ValkeyServer
from webapp.core.limit import Limit

LIMIT = Limit(50, 900)
NODES = 3


def attempts_of_one_node(url: str) -> int:
    throttle = new_throttle(url)
    try:
        return burst(67, lambda: throttle.count("signin", "ada", LIMIT))
    finally:
        throttle.close()


def test_nodes_on_one_store_admit_the_limit_together(valkey_server: ValkeyServer) -> None:
    # One process reads the application in; the nodes are its forks, which begin at once.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.infra.throttle_world"])
    with ProcessPoolExecutor(NODES, mp_context=processes) as nodes:
        shares = list(nodes.map(attempts_of_one_node, [valkey_server.url] * NODES))
    assert sum(shares) == LIMIT.count
    throttle = new_throttle(valkey_server.url)
    assert throttle.used("signin", "ada", LIMIT) == LIMIT.count
    throttle.close()
