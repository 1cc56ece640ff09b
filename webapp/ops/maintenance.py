"""What has to be done from time to time: a list of tasks, done by the server itself and by `flask maintenance`."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.accounts.addresses import forget_former_addresses
from webapp.accounts.lock_ends import unlock_due
from webapp.accounts.search_index import date_texts
from webapp.admin.dashboard_figures import count_anew
from webapp.connections.keys import reseal_connection_keys
from webapp.connections.purge import forget_calls, forget_hours
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.factors.purge import forget_challenges, forget_enrolments
from webapp.factors.resealing import reseal_app_secrets
from webapp.infra.alone import MAINTENANCE, try_alone
from webapp.infra.audit_retention import cut_events
from webapp.infra.database import unit_of_work
from webapp.infra.job_files import reseal_pieces
from webapp.infra.job_purge import forget_jobs
from webapp.infra.link_purge import forget_links
from webapp.infra.mail_purge import erase_kept_letters, forget_letters, give_up_overdue
from webapp.infra.outbox import reseal_letters
from webapp.keys.rotation import is_change_due, turn_ring
from webapp.ops.audit_tasks import resign_trail, seal_trail
from webapp.profile.departure import delete_due
from webapp.sessions.purge import end_outlived, forget_ended
from webapp.signin.purge import forget_pending_sign_ins, forget_unseen_devices
from webapp.tokens.purge import forget_revoked_tokens, forget_seen_proofs
from webapp.webhooks.bursts import note_bursts
from webapp.webhooks.message_keys import renew_macs
from webapp.webhooks.purge import forget_former_secrets, forget_messages, give_up_messages
from webapp.webhooks.secrets import reseal_webhook_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webapp.web.application import Application

# At most so many in one unit, which holds SQLite's write lock; ending takes an event for each session.
_ROWS: Final = 250
_ENDS: Final = 25
# The first batch, which may have to fetch everything from the disk; and what is never gone below.
_LEAST_ROWS: Final = 10
_LEAST_ENDS: Final = 2
# A batch that took so long is followed by one of half its size, and a quick one by one of twice its size.
_LONG_SECONDS: Final = 0.05
_QUICK_SECONDS: Final = 0.02
# Three times as long as a batch took: whoever waits for SQLite's lock asks again every few milliseconds, later every
# hundred, and must not find it taken each time.
_RESTS: Final = 3
_LEAST_REST_SECONDS: Final = 0.01
# What takes longer goes on after the other tasks of the same thread have had their turns.
_TURN_SECONDS: Final = 5.0
_PATIENCE_MILLISECONDS: Final = 1_000
_SOON_SECONDS: Final = 60
_log = logging.getLogger("latchkey.maintenance")


@dataclass(frozen=True, slots=True)
class Task:
    """`run` does what there is to do, in units of its own, and returns how much that was; every `seconds`. Where it
    returns something `Unfinished`, it is to be called again soon. It raises DatabaseAway where the database is away or
    busy, or another Problem: what it did before then stays done.

    What is `routine` finds something to do at nearly every turn, which is no news. What `reseals` moves to the present
    ENCRYPTION_KEY what a former one closed.
    """

    name: str
    seconds: int
    run: Callable[[], int]
    routine: bool = False
    reseals: bool = False

    def run_to_end(self) -> int:
        """Turn after turn until nothing is left; how much that was."""
        amount = done = self.run()
        while isinstance(done, Unfinished):
            done = self.run()
            amount += done
        return int(amount)


class Unfinished(int):
    """How much was done when the turn was over; there is more to do."""


def in_batches(purge: Callable[[int], int], size: int, least: int = _LEAST_ROWS) -> Callable[[], int]:
    """Call `purge` for `least` to `size` in one unit after another until it finds nothing, or the turn is over.

    How many it asks for follows how long the last batch took: others may have to wait for that long.
    """
    least = min(size, least)

    def run() -> int:
        total, most, until = 0, least, clock.monotonic() + _TURN_SECONDS
        while True:
            begun = clock.monotonic()
            # Reading first: a purge that finds nothing takes no lock.
            with unit_of_work(writes=False, patience=_PATIENCE_MILLISECONDS):
                done = purge(most)
            total += done
            if done == 0:
                return total
            if clock.monotonic() > until:
                return Unfinished(total)
            took = clock.monotonic() - begun
            most = next_size(most, took, least, size)
            time.sleep(max(_RESTS * took, _LEAST_REST_SECONDS))

    return run


def next_size(most: int, took: float, least: int, size: int) -> int:
    """How many rows to ask for after a batch of `most` that took so many seconds."""
    if took > _LONG_SECONDS:
        return max(most // 2, least)
    return min(2 * most, size) if took < _QUICK_SECONDS else most


def turn_signing_keys() -> int:
    """For a service that nobody calls: otherwise a change is carried out after the first answer that finds it due."""
    if not is_change_due():
        return 0
    with unit_of_work(patience=_PATIENCE_MILLISECONDS):
        return int(turn_ring())


def note_bursts_aside() -> int:
    """In a unit that only reads where there is none."""
    with unit_of_work(writes=False, patience=_PATIENCE_MILLISECONDS):
        return note_bursts()


TASKS: Final = (
    Task("Changes of the signing keys", 60, turn_signing_keys),
    Task("Sessions past a limit ended", 300, in_batches(end_outlived, _ENDS, _LEAST_ENDS)),
    Task("Sessions of long ago deleted", 3600, in_batches(forget_ended, _ROWS)),
    Task(
        "Secrets of authenticator apps sealed anew", 3600, in_batches(reseal_app_secrets, _ROWS), reseals=True
    ),
    Task("Keys of connections sealed anew", 3600, in_batches(reseal_connection_keys, _ROWS), reseals=True),
    Task("Letters sealed anew", 3600, in_batches(reseal_letters, _ROWS), reseals=True),
    Task("Files of jobs sealed anew", 3600, in_batches(reseal_pieces, 1), reseals=True),
    Task("Authenticator apps never confirmed deleted", 600, in_batches(forget_enrolments, _ROWS)),
    Task("Challenges to passkeys never answered deleted", 600, in_batches(forget_challenges, _ROWS)),
    Task("Sign-ins never finished deleted", 600, in_batches(forget_pending_sign_ins, _ROWS)),
    Task("Devices unseen for a year forgotten", 3600, in_batches(forget_unseen_devices, _ROWS)),
    Task("Locks that have run out lifted", 30, in_batches(unlock_due, _ENDS, _LEAST_ENDS)),
    Task("Accounts deleted whose day has come", 600, in_batches(delete_due, _ENDS, _LEAST_ENDS)),
    Task("Jobs of long ago forgotten", 3600, in_batches(forget_jobs, _ROWS)),
    Task("Links of long ago deleted", 3600, in_batches(forget_links, _ROWS)),
    Task("Former addresses kept no longer forgotten", 3600, in_batches(forget_former_addresses, _ROWS)),
    Task("Words of accounts dated", 60, in_batches(date_texts, _ROWS)),
    Task("Letters that nobody could deliver given up", 3600, in_batches(give_up_overdue, _ENDS, _LEAST_ENDS)),
    Task("Letters of the mailbox page erased", 3600, in_batches(erase_kept_letters, _ROWS)),
    Task("Letters of long ago forgotten", 3600, in_batches(forget_letters, _ROWS)),
    Task("Revocations of expired tokens deleted", 300, in_batches(forget_revoked_tokens, _ROWS)),
    Task("Proofs too old to be shown again deleted", 300, in_batches(forget_seen_proofs, _ROWS)),
    Task("Calls through connections of long ago forgotten", 3600, in_batches(forget_calls, _ROWS)),
    Task("Sums of connections kept no longer forgotten", 3600, in_batches(forget_hours, _ROWS)),
    Task("Bursts of failed sign-ins noted", 60, note_bursts_aside),
    Task(
        "Secrets of webhook endpoints sealed anew",
        3600,
        in_batches(reseal_webhook_secrets, _ROWS),
        reseals=True,
    ),
    Task("Webhook messages on their way vouched for anew", 3600, in_batches(renew_macs, _ROWS), reseals=True),
    Task("Former secrets of webhook endpoints erased", 3600, in_batches(forget_former_secrets, _ROWS)),
    Task("Webhook messages that nobody could send given up", 3600, in_batches(give_up_messages, _ROWS)),
    Task("Webhook messages of long ago forgotten", 3600, in_batches(forget_messages, _ROWS)),
    Task("Figures counted", 60, count_anew, routine=True),
    Task("Segments of the audit trail signed anew", 3600, resign_trail, reseals=True),
    Task("Events kept no longer cut from the audit trail", 3600, in_batches(cut_events, _ROWS)),
    # Last, so that it takes in what the others have recorded.
    Task("Events of the audit trail sealed", 5, seal_trail, routine=True),
)


def run_tasks(tasks: Sequence[Task]) -> Iterator[tuple[str, int]]:
    """Do all of these tasks, one after the other: name and amount of each. Nothing when another process is at it."""
    with try_alone(MAINTENANCE) as is_mine:
        for task in tasks if is_mine else ():
            yield task.name, task.run_to_end()


class Maintenance:
    """Does the tasks in a thread while the application serves, each when it is due."""

    def __init__(self, app: Application, tasks: Sequence[Task] = TASKS, *, first_after: float = 2.0) -> None:
        self._app = app
        self._due = dict.fromkeys(tasks, clock.monotonic() + first_after)

    def start(self) -> None:
        """Begin. The thread ends with the process; what it was in the middle of is rolled back, and done next time."""
        threading.Thread(target=self._work, name="maintenance", daemon=True).start()

    def _work(self) -> None:
        while True:
            time.sleep(max(0.0, min(self._due.values()) - clock.monotonic()))
            self.run_due()

    def run_due(self) -> None:
        """Give a turn to what is due. A failure is logged, and tried again when the task is due next, or soon where the
        database was away or busy.
        """
        moment = clock.monotonic()
        for task in [each for each, due in self._due.items() if due <= moment]:
            self._due[task] = moment + task.seconds
            with self._app.app_context():
                set_origin(Origin("job"))
                try:
                    if self._take_turn(task):
                        self._due[task] = moment
                except Problem as problem:
                    self._due[task] = moment + min(task.seconds, _SOON_SECONDS)
                    # 500: nothing that passes by itself.
                    level = logging.ERROR if problem.status == 500 else logging.WARNING
                    _log.log(level, "%s: %s", task.name, problem.message, extra={"code": problem.code})
                except Exception:  # noqa: BLE001 - one task's fault must not end all maintenance
                    _log.exception("%s: failed", task.name)

    def _take_turn(self, task: Task) -> bool:
        """Whether there is more to do than one turn does."""
        with try_alone(MAINTENANCE) as is_mine:
            if not is_mine:
                return False
            amount = task.run()
        is_news = amount and not task.routine
        _log.log(logging.INFO if is_news else logging.DEBUG, "%s: %d", task.name, amount)
        return isinstance(amount, Unfinished)
