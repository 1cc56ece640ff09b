"""Puts made-up people into the database, for trials and measurements: `flask seed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.search_index import text_of
from webapp.accounts.search_store import rebuild_words
from webapp.core.errors import Conflict
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.factors import totp
from webapp.infra.alone import MAINTENANCE, try_alone
from webapp.infra.database import unit_of_work
from webapp.infra.database.loading import BulkTables, loading
from webapp.ops.seed_people import EVENTS_EACH, SeedEvent, SeedPeople
from webapp.ops.seed_trail import TRAIL_COLUMNS, SeedTrail, bits_of, text_of_moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from webapp.ops.seed_people import SeedAccount, SeedSession

COLUMNS: Final = {
    "accounts": (
        "id", "username", "username_key", "display_name", "password_hash", "password_scheme", "pepper_version",
        "password_changed_at", "failures_in_a_row", "factor_failures_in_a_row", "locked_at", "lock_reason",
        "created_at", "last_signed_in_at", "second_factor_since", "verified_at", "version",
    ),
    "account_search": ("account_id", "text"),
    "email_addresses": ("id", "account_id", "address", "address_key", "verified_at", "created_at"),
    "account_roles": ("account_id", "role_name"),
    "totp_factors": ("id", "account_id", "name", "secret", "created_at", "confirmed_at"),
    "sessions": (
        "id", "account_id", "device", "address", "methods", "created_at", "authenticated_at", "proved_at",
        "last_active_at", "ends_at", "ended_at", "end_cause", "address_bits", "counter", "received",
    ),
    **TRAIL_COLUMNS,
}  # fmt: skip
_LOCKED_BECAUSE: Final = "Made up for a trial"
_NOTE_EVERY: Final = 2_000
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


def seed(number: int, password: str, until: datetime) -> Iterator[int]:
    """Store so many made-up accounts who all have this password; yields how many rows of them are done.

    Raises AlreadyInhabited, MaintenanceAtWork. On PostgreSQL others see nothing of it before it is whole.
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
    with loading(COLUMNS) as connection:
        tables = BulkTables(connection, COLUMNS)
        for done, account in enumerate(people.accounts(), 1):
            _add_account(tables, account, secret)
            if done % _NOTE_EVERY == 0:
                yield _NOTE_EVERY
        for done, each in enumerate(people.happenings(), 1):
            if isinstance(each, SeedEvent):
                trail.add(tables, each)
            else:
                _add_session(tables, each)
            if done % _NOTE_EVERY == 0:
                yield _NOTE_EVERY
        trail.close(tables)
        tables.flush()
        rebuild_words(connection)
    with unit_of_work():
        trail.fold()


def _add_account(tables: BulkTables, account: SeedAccount, secret: tuple[str, str, str]) -> None:
    created = text_of_moment(account.created_at)
    key = account.username.lower()
    verified = created if account.is_verified else None
    tables.add(
        "accounts",
        (
            account.id,
            account.username,
            key,
            account.display_name,
            *secret,
            created,
            0,
            0,
            text_of_moment(account.locked_at),
            _LOCKED_BECAUSE if account.locked_at else None,
            created,
            text_of_moment(account.last_signed_in_at),
            text_of_moment(account.second_factor_since),
            verified,
            1,
        ),
    )
    tables.add(
        "account_search", (account.id, text_of(account.username, account.display_name, account.address))
    )
    tables.add("email_addresses", (new_id(), account.id, account.address, account.address, verified, created))
    for role in account.roles:
        tables.add("account_roles", (account.id, role))
    if account.second_factor_since:
        since, factor_id = text_of_moment(account.second_factor_since), new_id()
        sealed = totp.seal_secret(new_id().upper(), factor_id)
        tables.add("totp_factors", (factor_id, account.id, "", sealed, since, since))


def _add_session(tables: BulkTables, session: SeedSession) -> None:
    begun = text_of_moment(session.created_at)
    tables.add(
        "sessions",
        (
            session.id,
            session.account_id,
            session.device,
            session.address,
            session.methods,
            begun,
            begun,
            begun,
            text_of_moment(session.last_active_at),
            text_of_moment(session.ends_at),
            text_of_moment(session.ended_at),
            session.end_cause,
            bits_of(session.address),
            1,
            1,
        ),
    )
