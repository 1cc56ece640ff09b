"""The Redis-protocol server that tests use is real and emptied between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from tests.servers.valkey import ValkeyServer


def test_emptied_store_has_forgotten_its_counters(valkey_server: ValkeyServer) -> None:
    with redis.Redis.from_url(valkey_server.url) as connection:
        connection.incr("attempts", 3)
        valkey_server.empty()
        assert connection.get("attempts") is None
