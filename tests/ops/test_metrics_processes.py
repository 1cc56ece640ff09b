"""Several processes of one node: whichever answers the scrape, it tells what all of them have counted."""

from __future__ import annotations

import http.client
import os
from typing import TYPE_CHECKING

from tests.ops.scraping import samples
from tests.servers.shared import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.live import LiveServer
    from tests.servers.valkey import ValkeyServer

VERIFIED = 'latchkey_http_requests_total{method="GET",route="/api/v1/verify",status="401"}'


def ask(server: LiveServer, path: str) -> str:
    """On a connection of its own, which any of the processes may take."""
    connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def scrape(server: LiveServer) -> dict[str, float]:
    return samples(ask(server, "/metrics"))


def test_every_process_tells_of_all(
    start_server: Callable[..., LiveServer], valkey_server: ValkeyServer
) -> None:
    server = start_server(METRICS_ALLOW="127.0.0.1", REDIS_URL=valkey_server.url)
    told: list[float] = []
    for _ in range(12):
        for _ in range(5):
            ask(server, "/api/v1/verify")
        told.append(scrape(server).get(VERIFIED, 0))
    assert told == sorted(told)
    wait_until(lambda: scrape(server)[VERIFIED] == 60, "every process to have shown what it counted")
    assert scrape(server)["latchkey_processes"] == (os.cpu_count() or 1)
