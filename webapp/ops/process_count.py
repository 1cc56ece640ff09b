"""How many processes serve."""

from __future__ import annotations

import os
from typing import Protocol


class StoreSettings(Protocol):
    """What is needed of webapp.config.Settings."""

    @property
    def redis_url(self) -> object: ...


def worker_count(settings: StoreSettings) -> int:
    """One for each processor when limits are shared through Redis, else one: counters in memory are not shared."""
    return (os.cpu_count() or 1) if settings.redis_url else 1
