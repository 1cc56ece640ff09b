"""What stands at the moment of being asked: queues, seals, keys, accounts, and what /readyz says.

Nothing is counted to the end that could be long: each question reads a bounded number of rows by an index.
"""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.admin.dashboard_figures import find_coverage
from webapp.admin.dashboard_store import find_first_unsealed, find_waiting, name_of_database, ping
from webapp.config import current_settings
from webapp.core import clock
from webapp.infra import metrics_catalogue as catalogue
from webapp.infra.database import DatabaseAway, unit_of_work
from webapp.infra.figures import MOST_COUNTED, count_up_to
from webapp.infra.jobs import count_unfinished
from webapp.infra.models import AuditEvent
from webapp.infra.schema import newest_migration
from webapp.keys.facts import list_facts
from webapp.ops.health import PARTS, find_clock_offset, find_readiness
from webapp.webhooks.models import WebhookMessage

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.infra.metrics_catalogue import Metric

_FEW_KEYS: Final = 8
_UNSEALED: Final = select(AuditEvent.id).where(AuditEvent.sealed_in.is_(None))
_MESSAGES: Final = select(WebhookMessage.id).where(WebhookMessage.due_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Gauges:
    """Values by the name of the metric and its labels."""

    values: dict[tuple[str, tuple[str, ...]], float] = field(default_factory=dict)

    def put(self, metric: Metric, value: float, *labels: str) -> None:
        """As it is now."""
        self.values[metric.name, labels] = value


def read_gauges() -> Gauges:
    """All that can be asked, in units of its own; while the database is away, the rest."""
    gauges, database = Gauges(), "away"
    is_usable = _ask_readiness(gauges)
    _ask_disk(gauges)
    if is_usable:
        try:
            with unit_of_work(writes=False):
                database = name_of_database()
                _ask_database(gauges)
        except DatabaseAway:
            gauges.put(catalogue.PART_OK, 0, "database")
            gauges.put(catalogue.READY, 0)
    gauges.put(catalogue.BUILD, 1, newest_migration(), platform.python_version(), database)
    return gauges


def _ask_readiness(gauges: Gauges) -> bool:
    """Whether the database can be asked for more."""
    with unit_of_work(writes=False):
        found = find_readiness()
    said = {**found.faults, **found.lacks}
    for name in PARTS:
        gauges.put(catalogue.PART_OK, int(name not in said), name)
    gauges.put(catalogue.READY, int(found.is_ready))
    return not said.keys() & {"database", "schema"}


def _ask_disk(gauges: Gauges) -> None:
    try:
        free = shutil.disk_usage(current_settings().instance_path).free
    except OSError:
        return
    gauges.put(catalogue.DISK_FREE, free)


def _ask_database(gauges: Gauges) -> None:
    begun = clock.monotonic()
    ping()
    gauges.put(catalogue.DATABASE_SECONDS, clock.monotonic() - begun)
    if (offset := find_clock_offset()) is not None:
        gauges.put(catalogue.CLOCK_OFFSET, offset.total_seconds())
    moment = clock.now()
    letters = find_waiting()
    gauges.put(catalogue.LETTERS_WAITING, letters.count.value)
    gauges.put(catalogue.LETTERS_WAITING_SECONDS, _age(letters.oldest_at, moment))
    gauges.put(catalogue.WEBHOOKS_WAITING, _up_to_most(count_up_to(_MESSAGES)))
    gauges.put(catalogue.JOBS_UNFINISHED, count_unfinished())
    gauges.put(catalogue.UNSEALED, _up_to_most(count_up_to(_UNSEALED)))
    gauges.put(catalogue.UNSEALED_SECONDS, _age(find_first_unsealed(), moment))
    _ask_keys(gauges, moment)
    coverage = find_coverage()
    gauges.put(catalogue.ACCOUNTS, coverage.accounts.value)
    gauges.put(catalogue.SECURED_ACCOUNTS, coverage.with_factor.value)


def _ask_keys(gauges: Gauges, moment: datetime) -> None:
    keys = list_facts(_FEW_KEYS)
    current = next((each for each in keys if each.state == "current"), None)
    following = next((each for each in keys if each.state == "next"), None)
    if current is None or current.signs_from is None:
        return
    gauges.put(catalogue.KEY_AGE, (moment - current.signs_from).total_seconds())
    due = following.signs_from if following else current.signs_until
    if due is not None:
        gauges.put(catalogue.KEY_CHANGE, (due - moment).total_seconds())


def _up_to_most(found: int | None) -> int:
    return MOST_COUNTED if found is None else found


def _age(since: datetime | None, moment: datetime) -> float:
    return 0.0 if since is None else max(0.0, (moment - since).total_seconds())
