"""The only place that reads a clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC. For what is stored, signed and shown."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never step back. For timeouts within one process."""
    return time.monotonic()
