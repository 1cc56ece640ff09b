"""What this process has counted since it began, for metrics: a few hundred numbers under one lock.

Not prometheus_client's own counters: those cost 10 µs a request when several processes share them, a tenth of what
`/verify` takes; these cost one. The library writes what is read from here (ops/metrics_text).
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from webapp.core.parts import part
from webapp.infra.metrics_catalogue import BUCKETS, METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.infra.metrics_catalogue import Metric

# Whatever becomes of our words, a metric has so many series at most.
MOST_SERIES: Final = 1_000
OTHER: Final = "other"
_SUM: Final = -1


def count(metric: Metric, *labels: str, amount: float = 1) -> None:
    """Add to a counter of the application at work; nothing where there is none, or nobody reads metrics."""
    try:
        metrics = part(Metrics)
    except LookupError:
        return
    metrics.add(metric, labels, amount)


class Metrics:
    """The counts of one process. While it is off, because nobody may read them, nothing is counted."""

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on
        self._lock = threading.Lock()
        self._gauges: list[Callable[[], Mapping[str, float]]] = []
        self.reset()

    def reset(self) -> None:
        """Begin anew: a forked process has counted nothing yet."""
        with self._lock:
            self._counts: dict[tuple[str, tuple[str, ...]], float] = {
                (metric.name, (value,) if metric.labels else ()): 0
                for metric in METRICS
                for value in (metric.values if metric.labels else ("",))
                if metric.kind == "counter"
            }
            self._series = Counter(name for name, _ in self._counts)
            self._requests: dict[tuple[str, str, str], list[float]] = {}

    def add(self, metric: Metric, labels: tuple[str, ...], amount: float = 1) -> None:
        """Add to the counter with these labels."""
        if not self.is_on:
            return
        key = (metric.name, labels)
        with self._lock:
            if key not in self._counts:
                key = self._begin_series(metric, labels)
            self._counts[key] += amount

    def time_request(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count a request that was answered, and how long that took."""
        held = self._requests.get((method, route, status))
        if held is None:
            held = self._begin_request((method, route, status))
        place = bisect_left(BUCKETS, seconds)
        with self._lock:
            held[place] += 1
            held[_SUM] += seconds

    def watch(self, gauges: Callable[[], Mapping[str, float]]) -> None:
        """Ask for these whenever the counts are read: name of a metric -> what it is at that moment."""
        self._gauges.append(gauges)

    def read(self) -> dict[str, Any]:
        """Everything, in the form in which processes show it to each other (JSON)."""
        gauges = {name: value for each in self._gauges for name, value in each().items()}
        with self._lock:
            counts = [[name, list(labels), value] for (name, labels), value in self._counts.items()]
            requests = [[list(key), list(held)] for key, held in self._requests.items()]
        return {"counts": counts, "requests": requests, "gauges": gauges}

    def _begin_series(self, metric: Metric, labels: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        if len(labels) != len(metric.labels):
            raise ValueError(f"{metric.name} has the labels {metric.labels}")
        if self._series[metric.name] >= MOST_SERIES:
            labels = (OTHER,) * len(labels)
        key = (metric.name, labels)
        if key not in self._counts:
            self._counts[key] = 0
            self._series[metric.name] += 1
        return key

    def _begin_request(self, key: tuple[str, str, str]) -> list[float]:
        with self._lock:
            if len(self._requests) >= MOST_SERIES:
                key = (OTHER, OTHER, key[2])
            return self._requests.setdefault(key, [0] * (len(BUCKETS) + 1) + [0.0])
