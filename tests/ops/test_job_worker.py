"""`flask worker` does jobs, with mail or without, and the server does them by itself."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.admin.console import find, make_crowd
from tests.cli.test_account_commands import run
from tests.make import make_account, make_administrator
from tests.servers.application import ENVIRONMENT
from tests.servers.live import PROJECT_ROOT
from tests.servers.shared import wait_until
from webapp.admin import bulk_job
from webapp.admin.bulk_orders import Order
from webapp.core.opaque import new_id
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from tests.make import Person


def queue(app: Flask, *people: Person) -> None:
    """Have these and a crowd locked."""
    root, crowd = make_administrator(app), make_crowd(app, 30)
    with app.app_context(), unit_of_work():
        ids = [*crowd, *(each.id for each in people)]
        bulk_job.start(Order("lock", reason="spam"), ids, actor_id=root.id, job_id=new_id())


def test_worker_does_what_waits_once_without_mail(app: Flask) -> None:
    bob = make_account(app, "bob")
    queue(app, bob)
    ran = run(app, "worker", "--once")
    assert (ran.exit_code, ran.stdout) == (0, "Jobs done: 1. Waiting: 0.\n")
    assert ran.stderr.startswith("Note: Mail is off, since SMTP_URL is not set.")
    assert find(app, bob).is_locked


def test_worker_does_jobs_without_mail_and_ends_when_told(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    environment = {**ENVIRONMENT, "DATABASE_URL": database_url, "INSTANCE_PATH": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=environment, stdout=pipe, stderr=pipe, text=True
    ) as worker:
        bob = make_account(app, "bob")
        queue(app, bob)
        wait_until(lambda: find(app, bob).is_locked, "the job to be done", seconds=60)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=60)
        assert (worker.returncode, said) == (0, "Jobs are done until this is stopped.\n")
