"""Puts made-up people into the database, for trials and measurements: `flask seed`.

One process makes the rows and another stores them, so that two processors are at work.
"""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any, Final

from webapp.accounts import service as accounts
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.search_store import rebuild_words
from webapp.core.errors import Conflict, Unavailable
from webapp.core.parts import part
from webapp.infra.alone import MAINTENANCE, try_alone
from webapp.infra.audit_hours import add_to_hours
from webapp.infra.database import unit_of_work
from webapp.infra.database.loading import loading, store_rows, store_what_waits
from webapp.ops.seed_people import EVENTS_EACH, SeedPeople
from webapp.ops.seed_rows import COLUMNS, RowBatches, make_rows
from webapp.ops.seed_trail import SeedTrail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from multiprocessing.connection import Connection

# Whoever tries it out has an account of their own.
_REAL_PEOPLE: Final = 10


class AlreadyInhabited(Conflict):
    """Made-up people do not belong among real ones."""

    code = "already_inhabited"
    message = (
        "This database has accounts already. Made-up people go into one of their own: name another by DATABASE_URL, "
        "or delete instance/ and begin again."
    )


class MaintenanceAtWork(Conflict):
    """Events are sealed there at this moment, and two must not."""

    code = "maintenance_at_work"
    message = (
        "Another process seals the audit trail of this database just now. Stop the server, then begin again."
    )


class SeedInterrupted(Unavailable):
    """The process that makes the rows ended."""

    code = "seed_interrupted"
    message = (
        "Making up people was interrupted. What is there is of no use: delete the database and begin again."
    )


def seed(number: int, password: str, until: datetime) -> Iterator[int]:
    """Store so many made-up accounts who all have this password; yields how many rows were stored each time.

    Raises AlreadyInhabited, MaintenanceAtWork, SeedInterrupted. On PostgreSQL others see nothing of it before it is
    whole.
    """
    with unit_of_work(writes=False):
        if accounts.has_more_than(_REAL_PEOPLE):
            raise AlreadyInhabited
    with try_alone(MAINTENANCE) as is_mine:
        if not is_mine:
            raise MaintenanceAtWork
        yield from _load(SeedPeople(number, until), password)


def _load(people: SeedPeople, password: str) -> Iterator[int]:
    hashed = part(PasswordHasher).hash(password)
    secret = (hashed.value, hashed.scheme, hashed.pepper_version)
    with unit_of_work():
        trail = SeedTrail(people.number * EVENTS_EACH)
    source, sink = multiprocessing.Pipe(duplex=False)
    # A copy of this process, which has the keys and the settings; it touches no connection.
    maker = multiprocessing.get_context("fork").Process(
        target=_make, args=(people, secret, trail, sink), name="seed", daemon=True
    )
    maker.start()
    sink.close()
    try:
        with loading(COLUMNS) as connection:
            while (batch := _receive(source))[0] != "":
                table, rows = batch
                store_rows(connection, table, COLUMNS[table], rows)
                yield len(rows)
            store_what_waits(connection)
            rebuild_words(connection)
    finally:
        source.close()
        maker.join()
    with unit_of_work():
        add_to_hours(batch[1])


def _make(people: SeedPeople, secret: tuple[str, str, str], trail: SeedTrail, sink: Connection) -> None:
    try:
        make_rows(people, secret, trail, RowBatches(sink.send))
        sink.send(("", trail.hours))
    except BrokenPipeError:
        # Whoever stores them has ended, and said why.
        return


def _receive(source: Connection) -> tuple[str, Any]:
    """A table and rows of it; at the end "" and how many events each hour has."""
    try:
        received: tuple[str, Any] = source.recv()
    except EOFError:
        raise SeedInterrupted from None
    return received
