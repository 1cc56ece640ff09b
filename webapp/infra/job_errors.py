"""Refusals about jobs."""

from __future__ import annotations

from webapp.core.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """No job by that id, or one that is forgotten."""

    code = "job_not_found"
    message = "There is no such job. Jobs are forgotten 30 days after they end."


class JobOver(Conflict):
    """It ended before it could be stopped."""

    code = "job_over"
    message = "This job is over already."


class JobQueued(Conflict):
    """A form that was sent twice: the job it asks for is there."""

    code = "job_queued"
    message = "This was asked for already. It is done once."


class JobLost(Exception):
    """The claim ran out and others have the job: what this unit did must be rolled back."""
