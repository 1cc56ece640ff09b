"""Refusals counted by minute, kind and address: a flood is two lines a minute in the log, not one for each request."""

from __future__ import annotations

import logging
import threading
from collections import Counter

from webapp.core import clock

_log = logging.getLogger("latchkey.refused")
_MOST_KINDS = 10_000


class RefusalTally:
    """The first refusal of a kind from an address is logged at once, the rest as a number when the minute is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = -1
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, code: str, address: str) -> None:
        """Note one refusal."""
        minute = int(clock.monotonic() // 60)
        with self._lock:
            finished, is_first = Counter[tuple[str, str]](), False
            if minute != self._minute:
                finished, self._counts, self._minute = self._counts, Counter(), minute
            # Beyond this many addresses a minute the crowd itself is the news.
            key = (code, address if len(self._counts) < _MOST_KINDS else "many")
            self._counts[key] += 1
            is_first = self._counts[key] == 1
        for (kind, whose), number in finished.items():
            if number > 1:
                _log.warning(
                    "%d times %s for %s in a minute",
                    number,
                    kind,
                    whose,
                    extra={"code": kind, "count": number},
                )
        if is_first:
            _log.info("%s refused for %s", code, address, extra={"code": code, "count": 1})
