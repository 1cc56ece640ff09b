"""Does jobs for as long as the process lives: in a thread of each server process, and in `flask worker`."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.errors import Problem, Unavailable
from webapp.core.origin import Origin, set_origin
from webapp.infra import jobs
from webapp.infra.database import unit_of_work
from webapp.infra.job_errors import JobLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.infra.jobs import Claim
    from webapp.web.application import Application

POLL_SECONDS: Final = 1.0
# After so long a job that waits has its turn; else one of ten thousand accounts would keep one of thirty waiting.
TURN_SECONDS: Final = 5.0
_LATER: Final = timedelta(seconds=30)
# The database is back or free again soon.
_SOON: Final = timedelta(seconds=2)
_MOST_FAULTS: Final = 5
_STOPPED: Final = "It was stopped before its end. What is done stays done."
_FAULT: Final = "It failed here, and it is our fault. What is done stays done; the log says why."
_UNKNOWN: Final = "This release does not know this kind of job."
_log = logging.getLogger("latchkey.jobs")


class JobRunner:
    """`steps` does a step of each kind of job: it gets the claim in a unit of its own that so far has only read,
    works off some items, notes its progress and returns whether the job is done. A Problem ends the job with its
    sentence; a part that is away is waited for, and any other fault is tried again after half a minute, five times.
    """

    def __init__(
        self,
        app: Application,
        steps: Mapping[str, Callable[[Claim], bool]],
        *,
        poll_seconds: float = POLL_SECONDS,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._app = app
        self._steps = steps
        self._poll_seconds = poll_seconds
        self._turn_seconds = turn_seconds
        self._is_stopped = threading.Event()
        self._faults: Counter[str] = Counter()

    def start(self) -> None:
        """Begin. The thread ends with the process; the step it was at is rolled back and done next time."""
        threading.Thread(target=self.work, name="jobs", daemon=True).start()

    def stop(self) -> None:
        """End after the step at hand, and let others go on with the job at once."""
        self._is_stopped.set()

    def work(self) -> None:
        """Until it is stopped."""
        while not self._is_stopped.is_set():
            if not self.run_one():
                self._is_stopped.wait(self._poll_seconds)

    def run_one(self) -> bool:
        """A turn of the job that has waited longest; False when there is none to do now."""
        with self._app.app_context():
            set_origin(Origin("job"))
            try:
                with unit_of_work(writes=False):
                    claim = jobs.claim_job()
                if claim is None:
                    return False
                # So that the audit finds all that a job did by one request id.
                set_origin(Origin("job", request_id=claim.job_id))
                self._do(claim)
            except Problem as problem:
                _log.warning("Jobs wait: %s", problem.message, extra={"code": problem.code})
                return False
            except Exception:  # noqa: BLE001 - a fault must not end all jobs
                _log.exception("Jobs wait: a round failed")
                return False
            return True

    def _do(self, claim: Claim) -> None:
        """Step by step until it is over, its turn is, or this is stopped."""
        turn_ends = clock.monotonic() + self._turn_seconds
        now: Claim | None = claim
        while now is not None:
            if now.is_stop_asked:
                self._finish(now, _STOPPED)
                return
            begun = clock.monotonic()
            if self._do_step(now):
                return
            # As long as it worked: who waits for SQLite's lock asks again every few milliseconds.
            self._is_stopped.wait(clock.monotonic() - begun)
            with unit_of_work(writes=False):
                now = jobs.read_claim(claim.job_id, claim.attempts)
            if now is not None and (self._is_stopped.is_set() or clock.monotonic() >= turn_ends):
                self._put_off(now, timedelta(0))
                return

    def _do_step(self, claim: Claim) -> bool:
        """Whether the job is out of our hands now: done, ended by a refusal, put off, or taken over by others."""
        step = self._steps.get(claim.kind)
        if step is None:
            self._finish(claim, _UNKNOWN)
            return True
        try:
            is_done = _step_once(step, claim)
        except JobLost:
            return True
        except Unavailable:
            self._put_off(claim, _SOON)
            raise
        except Problem as problem:
            if problem.status < 500:
                self._finish(claim, problem.message)
            else:
                self._count_fault(claim)
            return True
        except Exception:  # noqa: BLE001 - a fault ends this job at most
            self._count_fault(claim)
            return True
        self._faults.pop(claim.job_id, None)
        return is_done

    def _count_fault(self, claim: Claim) -> None:
        """Within the handler of the fault, which is logged."""
        _log.exception("A step of job %s failed", claim.job_id)
        self._faults[claim.job_id] += 1
        if self._faults[claim.job_id] < _MOST_FAULTS:
            self._put_off(claim, _LATER)
        else:
            del self._faults[claim.job_id]
            self._finish(claim, _FAULT)

    def _finish(self, claim: Claim, problem: str) -> None:
        with unit_of_work():
            jobs.finish_job(claim, problem)

    def _put_off(self, claim: Claim, gap: timedelta) -> None:
        with unit_of_work():
            jobs.put_off(claim, clock.now() + gap)


def _step_once(step: Callable[[Claim], bool], claim: Claim) -> bool:
    """A step and, after the last one, the end of the job: in one unit. Raises JobLost, which rolls it back."""
    with unit_of_work(writes=False):
        is_done = step(claim)
        if is_done and not jobs.finish_job(claim):
            raise JobLost
    return is_done
