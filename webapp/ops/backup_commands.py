"""`flask backup` and `flask restore`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.exc import DatabaseError

from webapp import create_app
from webapp.config import current_settings
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import reason_of
from webapp.infra.schema import known_migrations
from webapp.ops.backup import check_backup, make_backup
from webapp.ops.backup_file import BackupUnusable
from webapp.ops.backup_progress import Progress
from webapp.ops.restore import look_at_present, place_of, require_fitting, require_stopped
from webapp.ops.restore import restore as restore_backup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.config import Settings
    from webapp.ops.backup import Backup
    from webapp.ops.restore import Place, Restored
    from webapp.ops.restore_store import Present

_FILE: Any = click.Path(path_type=Path)


@click.command("backup")
@click.argument("file", type=_FILE)
@click.option("--verify", is_flag=True, help="Read FILE through and say what it is; nothing is made.")
def backup(file: Path, *, verify: bool) -> None:
    """Back the database up into FILE, encrypted, while the service runs."""
    with _refusals():
        if verify:
            found = check_backup(file, Progress())
            click.echo(f"{file} is whole. {_facts(found)}")
            if found.head.schema not in known_migrations():
                click.echo("It was made by a newer release: this one cannot restore it.", err=True)
                sys.exit(1)
            return
        made = make_backup(file, Progress())
        click.echo(f"{file} is made. {_facts(made)}")
        click.echo(
            "It opens with the present ENCRYPTION_KEY alone: keep that, and the other secrets, elsewhere."
        )


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option(
    "--replace", is_flag=True, help="Replace a database that holds accounts. It is kept under another name."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, replace: bool, yes: bool) -> None:
    """Put the backup FILE in the place of the database, and sign everybody out. The server must be stopped."""
    settings = current_settings()
    with _refusals():
        progress = Progress()
        found = check_backup(file, progress)
        require_fitting(found.head, settings)
        place = place_of(settings)
        require_stopped(place)
        present = look_at_present()
        if present.accounts != 0:
            _require_consent(place, present, found, replace=replace, ask=not yes)
        done = restore_backup(file, found, place, _opened, progress, keep=present.has_tables)
        _tell(place, done)


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal is one line on standard error and exit status 1."""
    set_origin(Origin("command"))
    try:
        yield
    except BackupUnusable as refusal:
        click.echo(str(refusal), err=True)
    except DatabaseError as failure:
        click.echo(f"The database cannot be read: {reason_of(failure)}.", err=True)
    except Problem as problem:
        click.echo(problem.message, err=True)
    else:
        return
    sys.exit(1)


@contextmanager
def _opened(settings: Settings) -> Iterator[None]:
    with create_app(settings).app_context():
        yield


def _require_consent(place: Place, present: Present, found: Backup, *, replace: bool, ask: bool) -> None:
    newest = f", and its newest event is of {_minute(present.newest.isoformat())}" if present.newest else ""
    held = (
        "cannot be read"
        if present.accounts is None
        else f"holds {_counted(present.accounts, 'account')}{newest}"
    )
    click.echo(f"The database {place.name} {held}.", err=True)
    if not replace:
        raise BackupUnusable("Nothing was changed. To replace it, restore with --replace.")
    click.echo(
        f"The backup of {_minute(found.head.made_at)} takes its place. What happened since is lost.", err=True
    )
    if ask and click.prompt("Type replace to go on", err=True) != "replace":
        raise BackupUnusable("Nothing was changed.")


def _tell(place: Place, done: Restored) -> None:
    voided = done.voided
    click.echo(
        f"{place.name} is restored. {_counted(voided.sessions, 'session')} ended: everybody signs in again."
    )
    rest = (
        _counted(voided.links, "link"),
        _counted(voided.letters, "waiting letter"),
        _counted(voided.messages, "waiting message"),
        _counted(voided.jobs, "unfinished job"),
    )
    click.echo(f"Void now: {', '.join(rest)}.")
    if voided.keys:
        click.echo(f"Revoked again, as in the former database: {_counted(voided.keys, 'signing key')}.")
    such = "revoked signing keys" if voided.keys is None else "revoked clients"
    click.echo(
        f"What was taken away since the backup is there again, such as {such} and locked accounts: "
        "docs/recovery.md says what to look at."
    )
    if done.kept:
        click.echo(f"The former database is kept as {done.kept}. Delete it when you need it no more.")
    if not done.is_anchored:
        click.echo("The audit trail is not sealed until you run: flask audit anchor --accept", err=True)
    click.echo("Other nodes seal the audit trail again after: flask audit anchor --accept")


def _facts(found: Backup) -> str:
    kind = "SQLite" if found.head.database == "sqlite" else "PostgreSQL"
    size = f"{found.size / 1_000_000:,.1f} MB" if found.size >= 1_000_000 else f"{found.size / 1_000:,.1f} kB"
    return f"{kind} as of {_minute(found.head.made_at)}, schema {found.head.schema}, {size}."


def _minute(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
