"""What a scrape is answered: the counts of all processes of this node and the gauges, written by prometheus_client."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder

from webapp.infra.metrics_catalogue import (
    BUCKETS,
    CPU,
    DURATIONS,
    LIMITS_SHARED,
    MEMORY,
    METRICS,
    OPEN_FILES,
    POOL_BUSY,
    POOL_WAITING,
    PROCESSES,
    REQUESTS,
    STARTED,
    THREADS,
    Metric,
)
from webapp.infra.metrics_files import is_at_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prometheus_client.core import Metric as Family

    from webapp.ops.metrics_gauges import Gauges

_BY_PROCESS: Final = (MEMORY, OPEN_FILES, THREADS)
_SUMMED: Final = (POOL_BUSY, POOL_WAITING)
_BOUNDS: Final = [*(str(each) for each in BUCKETS), "+Inf"]


@dataclass(slots=True)
class Reading:
    """All processes as one. `times` are the buckets and, last, the sum of seconds of a method and route."""

    values: defaultdict[tuple[str, tuple[str, ...]], float] = field(
        default_factory=lambda: defaultdict(float)
    )
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)


def write_metrics(shown: Sequence[dict[str, Any]], gauges: Gauges, accept: str) -> tuple[bytes, str]:
    """The text and its content type, in the form that the caller takes; `shown` by each process, dead ones too."""
    reading = add_up(shown)
    for key, value in gauges.values.items():
        reading.values[key] = value
    encode, content_type = choose_encoder(accept)
    return encode(_AsRegistry(reading)), content_type


def add_up(shown: Iterable[dict[str, Any]]) -> Reading:
    """Counts of all of them; what stands at this moment, of those still at work."""
    reading = Reading()
    at_work = []
    for each in sorted(shown, key=lambda one: float(one["started_at"])):
        for name, labels, value in each["counts"]:
            reading.values[name, tuple(labels)] += value
        for (method, route, status), held in each["requests"]:
            reading.values[REQUESTS.name, (method, route, status)] += sum(held[:-1])
            sums = reading.times.setdefault((method, route), [0] * len(held))
            reading.times[method, route] = [one + other for one, other in zip(sums, held, strict=True)]
        reading.values[CPU.name, ()] += each["gauges"].get(CPU.name, 0)
        if is_at_work(each):
            at_work.append(each)
    _add_processes(reading, at_work)
    return reading


def _add_processes(reading: Reading, at_work: list[dict[str, Any]]) -> None:
    values = reading.values
    values[PROCESSES.name, ()] = len(at_work)
    for number, each in enumerate(at_work, 1):
        for metric in _BY_PROCESS:
            if metric.name in each["gauges"]:
                values[metric.name, (str(number),)] = each["gauges"][metric.name]
        for metric in _SUMMED:
            values[metric.name, ()] += each["gauges"].get(metric.name, 0)
    values[LIMITS_SHARED.name, ()] = min(
        (each["gauges"].get(LIMITS_SHARED.name, 1) for each in at_work), default=1
    )
    if at_work:
        values[STARTED.name, ()] = min(float(each["started_at"]) for each in at_work)


class _AsRegistry:
    """What the library's writers ask."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Family]:
        series: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for (name, labels), value in sorted(self._reading.values.items()):
            series.setdefault(name, []).append((labels, value))
        for metric in METRICS:
            if metric is DURATIONS:
                yield self._histogram(metric)
            elif metric.name in series:
                family = _FAMILIES[metric.kind](metric.name, metric.meaning, labels=metric.labels)
                for labels, value in series[metric.name]:
                    family.add_metric(labels, value)
                yield family

    def _histogram(self, metric: Metric) -> Family:
        family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for labels, held in sorted(self._reading.times.items()):
            total, buckets = 0.0, []
            for bound, number in zip(_BOUNDS, held[:-1], strict=True):
                total += number
                buckets.append((bound, total))
            family.add_metric(labels, buckets, sum_value=held[-1])
        return family


_FAMILIES: Final[dict[str, Any]] = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}
