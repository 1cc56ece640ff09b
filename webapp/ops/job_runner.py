"""Does jobs for as long as the process lives: in a thread of each server process, and in `flask worker`."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra import jobs
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.infra.jobs import Claim
    from webapp.web.application import Application

POLL_SECONDS: Final = 1.0
_LATER: Final = timedelta(seconds=30)
_MOST_FAULTS: Final = 5
_FAULT: Final = "It failed here, and it is our fault. What is done stays done; the log says why."
_log = logging.getLogger("latchkey.jobs")


class JobRunner:
    """`steps` does a step of each kind of job: it gets the claim in a unit of its own that so far has only read,
    works off some items, notes its progress and returns whether the job is done. A Problem ends the job with its
    sentence; any other fault is tried again after half a minute, five times.
    """

    def __init__(
        self,
        app: Application,
        steps: Mapping[str, Callable[[Claim], bool]],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._app = app
        self._steps = steps
        self._poll_seconds = poll_seconds
        self._is_stopped = threading.Event()
        self._faults = 0

    def start(self) -> None:
        """Begin. The thread ends with the process; the step it was at is rolled back and done next time."""
        threading.Thread(target=self.work, name="jobs", daemon=True).start()

    def stop(self) -> None:
        """End after the step at hand."""
        self._is_stopped.set()

    def work(self) -> None:
        """Until it is stopped."""
        while not self._is_stopped.is_set():
            if not self.run_one():
                self._is_stopped.wait(self._poll_seconds)

    def run_one(self) -> bool:
        """Do the job that has waited longest, to its end or until stopped; False when there is none to do now."""
        with self._app.app_context():
            set_origin(Origin("job"))
            try:
                with unit_of_work(writes=False):
                    claim = jobs.claim_job()
                if claim is None:
                    return False
                self._do(claim)
            except Problem as problem:
                _log.warning("Jobs wait: %s", problem.message, extra={"code": problem.code})
                return False
            except Exception:  # noqa: BLE001 - a fault must not end all jobs
                _log.exception("Jobs wait: a round failed")
                return False
            return True

    def _do(self, claim: Claim) -> None:
        now: Claim | None = claim
        while now is not None and not self._is_stopped.is_set():
            if now.is_stop_asked:
                self._finish(now, "It was stopped before its end. What is done stays done.")
                return
            if self._do_step(now):
                return
            with unit_of_work(writes=False):
                now = jobs.read_claim(claim.job_id, claim.attempts)
        if now is not None:
            with unit_of_work():
                jobs.put_off(now, clock.now())

    def _do_step(self, claim: Claim) -> bool:
        """Whether the job is out of our hands now: done, ended by a refusal, or put off."""
        step = self._steps.get(claim.kind)
        if step is None:
            self._finish(claim, "This release does not know this kind of job.")
            return True
        try:
            with unit_of_work(writes=False):
                is_done = step(claim)
                if is_done:
                    jobs.finish_job(claim)
        except jobs.JobLost:
            return True
        except Problem as problem:
            if problem.status >= 500:
                self._put_off(claim)
                raise
            self._finish(claim, problem.message)
            return True
        except Exception:  # noqa: BLE001 - a fault ends this job at most
            _log.exception("A step of job %s failed", claim.job_id)
            self._faults += 1
            if self._faults >= _MOST_FAULTS:
                self._faults = 0
                self._finish(claim, _FAULT)
            else:
                self._put_off(claim)
            return True
        self._faults = 0
        return is_done

    def _finish(self, claim: Claim, problem: str | None) -> None:
        with unit_of_work():
            jobs.finish_job(claim, problem)

    def _put_off(self, claim: Claim) -> None:
        with unit_of_work():
            jobs.put_off(claim, clock.now() + _LATER)
