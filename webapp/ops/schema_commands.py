"""`flask db`: the schema by hand. `flask serve` brings it to the newest migration by itself."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from webapp.config import current_settings
from webapp.core.errors import Problem
from webapp.infra.database import db, reason_of
from webapp.infra.migrations import downgrade_alone, migrate_to_newest, upgrade_alone, write_migration
from webapp.infra.schema import Schema, find_revisions, find_schema, newest_migration

if TYPE_CHECKING:
    from collections.abc import Iterator

schema = AppGroup("db", help="Move the database between migrations by hand; `serve` brings it to the newest.")
_NOT_IN_PRODUCTION = (
    "This deletes data, and going back to the former release does not need it. Restore a backup, or set "
    "APP_ENV=development to do it all the same."
)
_AS_SQL = click.option("--sql", "as_sql", is_flag=True, help="Write the statements, and run none.")


@schema.command("upgrade")
@click.argument("revision", default="head")
@_AS_SQL
def go_up(revision: str, *, as_sql: bool) -> None:
    """Run what migrations are missing, up to REVISION; other processes that start meanwhile wait."""
    with _refusals():
        if revision == "head" and not as_sql:
            migrate_to_newest()
        else:
            upgrade_alone(revision, as_sql=as_sql)


@schema.command("downgrade")
@click.argument("revision")
@_AS_SQL
def go_down(revision: str, *, as_sql: bool) -> None:
    """Take back what came after REVISION, with the data in it. Not in production. With --sql name both: 0008:0007."""
    if current_settings().in_production and not as_sql:
        click.echo(_NOT_IN_PRODUCTION, err=True)
        sys.exit(1)
    with _refusals():
        downgrade_alone(revision, as_sql=as_sql)


@schema.command("current")
def show() -> None:
    """Say at which migration the database is, and which is the newest of this release."""
    with _refusals(), db.engine.connect() as connection:
        found = ", ".join(find_revisions(connection)) or "none"
    click.echo(f"{found} (newest: {newest_migration()})")


@schema.command("migrate")
@click.option("-m", "--message", required=True, help="What it does, in a few words.")
def begin(message: str) -> None:
    """Begin the next migration with what differs between the database and the models; read it before it is run."""
    with _refusals():
        with db.engine.connect() as connection:
            is_current = find_schema(connection) is Schema.CURRENT
        if is_current:
            write_migration(message)
            return
    cure = current_settings().command("db upgrade")
    click.echo(f"The database is not at the newest migration. Run first: {cure}", err=True)
    sys.exit(1)


@contextmanager
def _refusals() -> Iterator[None]:
    """One line on standard error and exit status 1 for what cannot be done."""
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolExhausted

    try:
        yield
    except Problem as problem:
        refusal = problem.message
    except CommandError as failure:
        refusal = str(failure)
    except PoolExhausted:
        refusal = "The database cannot be reached: no connection became free in time."
    except DBAPIError as failure:
        refusal = f"The database cannot be reached, or refuses: {reason_of(failure)}."
    else:
        return
    click.echo(refusal, err=True)
    sys.exit(1)
