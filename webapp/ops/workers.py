"""How many processes serve."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.config import Settings


def worker_count(settings: Settings) -> int:
    """One for each processor when limits are shared through Redis, else one: counters in memory are not shared."""
    return (os.cpu_count() or 1) if settings.redis_url else 1
