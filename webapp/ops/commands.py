"""`flask serve`, everything from an empty folder to a listening server, and `flask maintenance`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import click
from flask import current_app

from webapp.accounts.roles import find_requirement_note
from webapp.accounts.service import has_administrator
from webapp.cli import command_unit
from webapp.config import current_settings
from webapp.config.load import list_misspelt
from webapp.config.mail_server import find_mail_note, read_mail_server
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.core.parts import part
from webapp.infra.database import db, unit_of_work
from webapp.infra.delivery import Delivery
from webapp.infra.jobs import count_unfinished
from webapp.infra.kept_settings import KeptSettings
from webapp.infra.metrics_files import MetricsFiles
from webapp.infra.migrations import migrate_to_newest
from webapp.infra.outbox_store import count_waiting
from webapp.joining.flow import make_setup_link
from webapp.keys.rotation import ensure_signing_key, reseal_signing_keys
from webapp.ops.job_runner import JobRunner
from webapp.ops.job_steps import STEPS
from webapp.ops.maintenance import TASKS, run_tasks
from webapp.ops.messenger import Messenger
from webapp.ops.metrics_keeper import MetricsKeeper
from webapp.ops.postman import Postman
from webapp.ops.server import AddressUnusable, probe_address
from webapp.ops.server import serve as serve_until_stopped
from webapp.sessions.devices import describe_device
from webapp.webhooks.courier import Courier

if TYPE_CHECKING:
    from webapp.config import Settings

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@click.command("serve")
def serve() -> None:
    """Migrate the database, say where to go, and serve until stopped."""
    settings = current_settings()
    # Before the database is touched: a second start by mistake must not void the link the first one printed.
    try:
        probe_address(settings.host, settings.port)
    except AddressUnusable as complaint:
        click.echo(str(complaint), err=True)
        sys.exit(1)
    # What this process makes holds password hashes and keys: nobody else on this machine reads it.
    os.umask(0o077)
    lines = [f"{settings.app_name} is at {settings.public_url}", *_prepare()]
    for slip in list_misspelt(os.environ):
        click.echo(f"Note: {slip}", err=True)
    if note := find_mail_note(settings):
        click.echo(f"Note: {note}", err=True)
    # The parser reads its tables at the first use: here, not within somebody's sign-in.
    describe_device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    # The server's worker is a copy of this process and must not share its connections.
    db.session.remove()
    db.engine.dispose()
    part(MetricsFiles).empty()
    sys.exit(serve_until_stopped(settings, lines))


@command_unit
def _prepare() -> list[str]:
    """Schema and signing key; returns what to tell about the first administrator while nobody administers."""
    migrate_to_newest(apart=True)
    # The worker is a copy of this process, which may have looked for these settings before there was a table of them.
    part(KeptSettings).look()
    ensure_signing_key()
    lines = (
        ["The signing keys are now sealed with the present ENCRYPTION_KEY."] if reseal_signing_keys() else []
    )
    if note := find_requirement_note():
        click.echo(f"Note: {note}", err=True)
    settings = current_settings()
    if settings.in_production:
        hint = f"Nobody administers it yet. Make an administrator: {settings.command('create-admin')}"
        return lines if has_administrator() else [*lines, hint]
    token = make_setup_link()
    return (
        lines
        if token is None
        else [*lines, f"Make the first administrator at {settings.public_url}/setup/{token}"]
    )


@click.command("maintenance")
def maintenance() -> None:
    """Do what is due from time to time, in small batches: docs/maintenance.md.

    The server does it by itself; this is for now, or for cron.
    """
    done = False
    try:
        for name, amount in run_tasks(TASKS):
            click.echo(f"{name}: {amount}")
            done = True
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)
    if not done:
        click.echo("Another process is at it.")


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, say how much that was, and end; for cron.")
def worker(*, once: bool) -> None:
    """Deliver letters and webhook messages and do jobs until stopped.

    `serve` does all of it by itself; this is for other servers, or for another machine. Letters wait where there is no
    way to send mail.
    """
    settings = current_settings()
    if note := find_mail_note(settings):
        click.echo(f"Note: {note}", err=True)
    set_origin(Origin("command"))
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    runner = JobRunner(app, STEPS)
    if once:
        # Jobs first: some write letters.
        failures = _do_jobs_once(runner)
        if settings.sends_mail:
            failures += _deliver_once(settings)
        failures += _send_messages_once()
        sys.exit(min(failures, 1))
    MetricsKeeper(app).start()
    _work_until_stopped(settings, Postman(app), [runner, Messenger(app)])


def _deliver_once(settings: Settings) -> int:
    try:
        done = Delivery(settings).run_round()
        with unit_of_work(writes=False):
            waiting = count_waiting()
    except Problem as problem:
        click.echo(problem.message, err=True)
        return 1
    click.echo(f"Delivered: {done.delivered}. Given up: {done.given_up}. Waiting: {waiting}.")
    if done.complaint:
        click.echo(done.complaint, err=True)
    return int(done.complaint is not None)


def _send_messages_once() -> int:
    """Nothing is said where nothing is due, as where nobody wants to be told anything."""
    try:
        delivered, failed = Courier().run_round()
    except Problem as problem:
        click.echo(problem.message, err=True)
        return 1
    if delivered or failed:
        click.echo(f"Webhook messages sent: {delivered}. To be tried again, or given up: {failed}.")
    return 0


def _do_jobs_once(runner: JobRunner) -> int:
    try:
        with unit_of_work(writes=False):
            before = count_unfinished()
        while runner.run_one():
            pass
        with unit_of_work(writes=False):
            waiting = count_unfinished()
    except Problem as problem:
        click.echo(problem.message, err=True)
        return 1
    click.echo(f"Jobs done: {max(before - waiting, 0)}. Waiting: {waiting}.")
    return 0


def _work_until_stopped(
    settings: Settings, postman: Postman, workers: list[Postman | JobRunner | Messenger]
) -> None:
    """Signals are kept from every thread, and awaited here: what is at hand is finished before this ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    said = "Jobs are done until this is stopped."
    if settings.sends_mail:
        workers.append(postman)
        where = "the mailbox page"
        if settings.smtp_url is not None:
            server = read_mail_server(settings.smtp_url.get_secret_value())
            where = f"{server.host}:{server.port}"
        said = f"Letters go to {where}, and jobs are done, until this is stopped."
    at_work = [threading.Thread(target=each.work, name=type(each).__name__) for each in workers]
    for each in at_work:
        each.start()
    click.echo(said)
    sys.stdout.flush()
    while all(each.is_alive() for each in at_work):
        if signal.sigtimedwait(_STOP_SIGNALS, 1.0) is not None:
            break
    for at_hand in workers:
        at_hand.stop()
    for each in at_work:
        each.join()
