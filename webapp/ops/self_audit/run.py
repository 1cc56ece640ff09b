"""A run of the self-audit: what stands in the database first, then everything else at once, within a few seconds."""

from __future__ import annotations

import contextvars
import logging
import threading
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.infra.throttle import Throttle
from webapp.ops.self_audit.browser_checks import BROWSER
from webapp.ops.self_audit.clocks import CLOCKS
from webapp.ops.self_audit.configuration import CONFIGURATION
from webapp.ops.self_audit.credentials import CREDENTIALS
from webapp.ops.self_audit.database import DATABASE
from webapp.ops.self_audit.evidence import Evidence
from webapp.ops.self_audit.findings import NotKnown
from webapp.ops.self_audit.house import HOUSE
from webapp.ops.self_audit.live import Direct, Live, Plain, look_at_live, look_at_plain, look_at_server
from webapp.ops.self_audit.machine import MACHINE, Machine, look_at_machine
from webapp.ops.self_audit.neighbours import (
    NEIGHBOURS,
    Counting,
    MailServerSaid,
    look_at_counting,
    look_at_mail_server,
)
from webapp.ops.self_audit.proxies import PROXIES
from webapp.ops.self_audit.report import write_report
from webapp.ops.self_audit.server_checks import SERVER
from webapp.ops.self_audit.stored import Stored
from webapp.ops.self_audit.way_in import WayIn, read_way

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.ops.self_audit.evidence import Visit
    from webapp.ops.self_audit.findings import Group
    from webapp.ops.self_audit.report import Report

GROUPS: Final[tuple[Group, ...]] = (
    CONFIGURATION, CREDENTIALS, SERVER, BROWSER, CLOCKS, PROXIES, HOUSE, NEIGHBOURS, DATABASE, MACHINE,
)  # fmt: skip
# What is not known by then stays unknown: a page waits for this.
PATIENCE_SECONDS: Final = 3.5
RUNS_LIMIT: Final = Limit(10, 300)
_LANE: Final = "self-audit"
_log = logging.getLogger("latchkey.self_audit")

_ASKING: Final[dict[type, tuple[str, Callable[[Visit], object]]]] = {
    Live: ("The public address", look_at_live),
    Plain: ("The public address without TLS", look_at_plain),
    Direct: ("The server itself", look_at_server),
    MailServerSaid: ("The mail server", look_at_mail_server),
    Counting: ("The limiter store", look_at_counting),
}
_HERE: Final[dict[type, tuple[str, Callable[[Visit], object]]]] = {Machine: ("This machine", look_at_machine)}


def take_turn() -> None:
    """Count a run that somebody asks for. Raises TooManyAttempts: each run asks mail server, store and ourselves."""
    part(Throttle).count(_LANE, "all", RUNS_LIMIT)


def run_audit(visit: Visit, stored: Stored | NotKnown) -> Report:
    """Look at everything but the database, at once, and judge. Holds no connection to the database."""
    begun = clock.monotonic()
    pieces: dict[type, object] = {Stored: stored}
    if visit.arrived is not None:
        pieces[WayIn] = read_way(visit.settings, visit.arrived)
    pieces |= _look(visit, _HERE if visit.is_offline else {**_HERE, **_ASKING})
    return write_report(GROUPS, Evidence(visit, pieces), clock.monotonic() - begun)


def _look(visit: Visit, wanted: dict[type, tuple[str, Callable[[Visit], object]]]) -> dict[type, object]:
    """Each in a thread of its own. One that comes too late is left to end by its own limits, and not waited for."""
    found: dict[type, object] = {}

    def look(kind: type, name: str, gather: Callable[[Visit], object]) -> None:
        try:
            found[kind] = gather(visit)
        except Exception as fault:  # noqa: BLE001 - a fault in one look must not take the others along
            # The kind of error only: its text may carry what an address of ours holds.
            _log.error("the self-audit could not look at %s: %s", kind.__name__, type(fault).__name__)
            found[kind] = NotKnown(f"{name} could not be looked at.", "See the log, and run the audit again.")

    threads = []
    for kind, (name, gather) in wanted.items():
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(look, kind, name, gather), daemon=True)
        thread.start()
        threads.append(thread)
    until = clock.monotonic() + PATIENCE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - clock.monotonic()))
    cure = "See whether it is reached from here, and run the audit again."
    return {
        kind: found.get(kind, NotKnown(f"{name} did not answer in time.", cure))
        for kind, (name, _) in wanted.items()
    }


class LastAudit:
    """What this process found last: shown again until it is old, and found anew by one caller at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.report: Report | None = None

    def run(self, visit: Visit, stored: Stored | NotKnown) -> Report:
        """Look anew; or wait for whoever is at it already, and take that report: nobody waits for two runs."""
        is_mine = self._lock.acquire(blocking=False)
        if not is_mine:
            self._lock.acquire()
        try:
            if is_mine or self.report is None:
                self.report = run_audit(visit, stored)
            return self.report
        finally:
            self._lock.release()
