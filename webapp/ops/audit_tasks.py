"""What maintenance does for the audit trail: seal it, sign it anew after another ENCRYPTION_KEY, cut what is old."""

from __future__ import annotations

import time
from typing import Final

from webapp.core import clock
from webapp.infra.audit_chain import SEGMENT_SIZE, resign_segments, seal_events
from webapp.infra.audit_store import refresh_statistics
from webapp.infra.database import unit_of_work

_PATIENCE_MILLISECONDS: Final = 1_000
# A trail of millions takes several turns: other tasks of the same thread wait no longer than this.
LONGEST_SECONDS: Final = 30.0
_SIGNED_AT_ONCE: Final = 250
# A trail of before the upgrade: after it the database has another idea of how many events wait.
_MANY: Final = 20_000


def seal_trail() -> int:
    """Seal all that waits; what comes while the last, smaller segment is made waits for the next turn."""
    total, until = 0, clock.monotonic() + LONGEST_SECONDS
    while True:
        begun = clock.monotonic()
        with unit_of_work(writes=False, patience=_PATIENCE_MILLISECONDS):
            done = seal_events(SEGMENT_SIZE)
        total += done
        if done < SEGMENT_SIZE or clock.monotonic() > until:
            break
        # As long as it worked: whoever waits for SQLite's lock asks again every few milliseconds.
        time.sleep(max(clock.monotonic() - begun, 0.01))
    if total > _MANY:
        with unit_of_work():
            refresh_statistics()
    return total


def resign_trail() -> int:
    """Sign all segments anew that a key of ENCRYPTION_KEY_FALLBACKS has signed."""
    total, after = 0, 0
    while True:
        with unit_of_work(writes=False, patience=_PATIENCE_MILLISECONDS):
            done = resign_segments(after, _SIGNED_AT_ONCE)
        if done is None:
            return total
        after, signed = done
        total += signed
        time.sleep(0.01)
