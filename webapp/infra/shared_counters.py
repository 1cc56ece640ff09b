"""Counters in Redis or Valkey, which every process and node shares."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from limits.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

# What an operation raises when there is no answer, or one that nobody understands.
FAILURES: Final = (RedisError, OSError, ValueError)
_SCHEMES: Final = ("redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix")

# The library has no way back: its incr(-1) leaves -1 on a key that expired or was flushed, a free attempt.
_TAKE_BACK: Final = b"""
local held = tonumber(redis.call("get", KEYS[1]) or "0")
if held <= 1 then return redis.call("del", KEYS[1]) end
return redis.call("decr", KEYS[1])
"""

# The library has no word for it.
_CLAIM: Final = b"""return redis.call("set", KEYS[1], "1", "NX", "EX", ARGV[1])"""


class SharedCounters:
    """What LocalCounters does, there; an operation raises one of FAILURES after one short timeout."""

    def __init__(self, url: str, timeout: float) -> None:
        if urlsplit(url).scheme not in _SCHEMES:
            raise ValueError(f"the limit store's URL must begin with one of: {', '.join(_SCHEMES)}")
        try:
            self._storage = self._open(url, timeout)
        except ValueError:
            raise ValueError("the limit store's URL cannot be read: redis://:password@host:6379/0") from None
        self._take_back = self._storage.get_connection().register_script(_TAKE_BACK)
        self._claim = self._storage.get_connection().register_script(_CLAIM)

    @staticmethod
    def _open(url: str, timeout: float) -> RedisStorage:
        return RedisStorage(
            url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            key_prefix="latchkey",
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            # One timeout is the bound; the pool itself replaces connections that the server closed.
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
            driver_info=None,  # type: ignore[arg-type]
        )

    def add(self, name: str, seconds: int) -> int:
        """Count one more under `name`, which is forgotten `seconds` after its first count; how many that are now."""
        return self._storage.incr(name, seconds)

    def take_back(self, name: str) -> int:
        """Count one less: never below zero, nothing for a name that nothing is counted under.

        How many are left; where that was the last one, whether there was one to forget.
        """
        return int(self._take_back([self._storage.prefixed_key(name)]))

    def get(self, name: str) -> int:
        """How many are counted under `name`; 0 once they are forgotten."""
        return self._storage.get(name)

    def claim(self, name: str, seconds: int) -> bool:
        """Hold `name` for so many seconds, among everybody who asks; False when it is held already."""
        return bool(self._claim([self._storage.prefixed_key(name)], [seconds]))

    def ping(self) -> bool:
        return bool(self._storage.get_connection().ping())

    def close(self) -> None:
        self._storage.storage.close()
