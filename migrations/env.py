"""How migrations run: on the application's own engine, in one transaction each, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import text

from webapp.infra.database import db
from webapp.infra.migrations import is_compared, is_compared_object


def run_offline() -> None:
    """Write the statements instead of running them: `flask db upgrade --sql`."""
    url = db.engine.url.render_as_string(hide_password=False)
    context.configure(
        url=url,
        target_metadata=db.metadata,
        literal_binds=True,
        render_as_batch=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _let_tables_be_rebuilt(driver: Any) -> None:
    """Turn foreign keys off: dropping the former table would take along what refers to it."""
    # Not through SQLAlchemy, which begins a transaction first; within one, SQLite passes over this without a word.
    driver.execute("PRAGMA foreign_keys = OFF")
    if driver.execute("PRAGMA foreign_keys").fetchone() != (0,):
        raise CommandError(
            "SQLite does not turn its foreign keys off, so that no table can be rebuilt safely."
        )


def run_online() -> None:
    """Run on the application's engine; SQLite rebuilds tables in batches with its foreign keys off meanwhile."""
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            _let_tables_be_rebuilt(connection.connection.driver_connection)
        else:
            # A migration may rightly take longer than a request.
            connection.execute(text("SET statement_timeout = 0"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=is_compared,
            include_object=is_compared_object,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        # This connection goes back to nobody: its settings were for migrations.
        connection.invalidate()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
