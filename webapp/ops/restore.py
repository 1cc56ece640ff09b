"""Restoring a backup: made ready beside the database, freed of what must not go on, then put in its place.

A backup is the past: it knows sessions, links and letters that were over since. So everybody is signed out, and nothing
that waited goes out. Until the last step the database in force is as it was.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import DatabaseError

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.alone import locked
from webapp.infra.audit import record_event
from webapp.infra.audit_anchor import accept_chain
from webapp.infra.database import db, unit_of_work
from webapp.infra.migrations import migrate_to_newest
from webapp.infra.schema import known_migrations
from webapp.keys.rotation import revoke_again
from webapp.ops import restore_store as store
from webapp.ops.backup import database_kind, open_backup
from webapp.ops.backup_file import BackupUnusable, Head, read_parts
from webapp.profile.departure import TIME_TO_RETURN
from webapp.sessions.causes import EndCause
from webapp.sessions.service import end_every_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from webapp.config import Settings
    from webapp.ops.backup import Backup
    from webapp.ops.backup_progress import Progress

_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Place(Protocol):
    """Where a restore happens, on either kind of database."""

    @property
    def name(self) -> str: ...
    def require_unused(self) -> None: ...
    def fill(self, content: Iterable[bytes]) -> str: ...
    def discard(self) -> None: ...
    def swap(self, *, keep: bool) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Voided:
    """How much of the past was ended: sessions, links, letters, messages to webhooks, jobs, signing keys.

    `keys` is None where no former database could say which were revoked.
    """

    sessions: int
    links: int
    letters: int
    messages: int
    jobs: int
    keys: int | None


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is what the database that was replaced is called now; `is_anchored` whether this node seals the trail."""

    voided: Voided
    kept: str | None
    is_anchored: bool


def place_of(settings: Settings) -> Place:
    """Where the database of these settings is."""
    mark = clock.now().strftime("%Y%m%d%H%M%S")
    # Loaded where it is needed, as in backup.
    if database_kind(settings.database_url) == "sqlite":
        from webapp.ops.restore_sqlite import SqlitePlace

        return SqlitePlace(settings.database_url, mark)
    from webapp.ops.restore_postgresql import PostgresqlPlace

    return PostgresqlPlace(settings.database_url, mark)


def require_fitting(head: Head, settings: Settings) -> None:
    """Raises BackupUnusable for a backup of the other kind of database, or of a newer release."""
    kind = database_kind(settings.database_url)
    if head.database != kind:
        raise BackupUnusable(
            f"This is a backup of {_NAMES[head.database]}, and DATABASE_URL names {_NAMES[kind]}. "
            f"Restore it to {_NAMES[head.database]}."
        )
    if head.schema not in known_migrations():
        raise BackupUnusable(
            f"This backup was made by a newer release: its schema {head.schema} is not known here. "
            "Install that release first."
        )


def look_at_present() -> store.Present:
    """What the database in force holds, be it damaged."""
    try:
        with unit_of_work(writes=False):
            store.take_time()
            return store.look()
    except DatabaseError:
        return store.Present(has_tables=True, accounts=None)


def require_stopped(place: Place) -> None:
    """Raises BackupUnusable while anybody but this process uses the database in force."""
    _let_go_of_database()
    place.require_unused()


def restore(
    path: Path,
    backup: Backup,
    place: Place,
    open_app: Callable[[Settings], AbstractContextManager[object]],
    progress: Progress,
    *,
    keep: bool,
) -> Restored:
    """Put the backup in the place of the database in force, which is kept beside it where `keep` says so.

    `open_app` brings an application over other settings to work. Raises BackupUnusable, DatabaseAway: then nothing of
    the database in force was changed.
    """
    settings = current_settings()
    with _alone(settings):
        require_stopped(place)
        revoked = _revoked_at_present()
        try:
            progress.begin("Restoring", backup.size)
            with open_backup(path) as file:
                url = place.fill(progress.count(read_parts(file)))
            progress.end()
            with open_app(settings.model_copy(update={"database_url": url})):
                migrate_to_newest()
                with unit_of_work():
                    voided = _void_the_past(backup.head, revoked)
                _let_go_of_database()
            kept = place.swap(keep=keep)
        except BaseException:
            with suppress(BackupUnusable):
                place.discard()
            raise
        return Restored(voided, kept, _anchor_anew())


def _revoked_at_present() -> frozenset[str] | None:
    """The signing keys that the database in force holds to be revoked; None where it cannot be read, or has none."""
    try:
        with unit_of_work(writes=False):
            store.take_time()
            return store.list_revoked_keys()
    except DatabaseError:
        return None
    finally:
        _let_go_of_database()


def _void_the_past(head: Head, revoked: frozenset[str] | None) -> Voided:
    moment = clock.now()
    store.take_time()
    store.forget_begun()
    store.end_trust()
    store.put_deletions_off(moment, TIME_TO_RETURN)
    links, letters = store.void_links(moment), store.give_letters_up(moment)
    messages, jobs = store.give_messages_up(moment), store.stop_jobs(moment)
    record_event(EventName.DATABASE_RESTORED, detail={"moment": head.made_at, "schema": head.schema})
    # Published again, they would let whoever has stolen one sign for services that verify tokens themselves.
    keys = None if revoked is None else revoke_again(revoked)
    sessions = end_every_session(EndCause.RESTORED)
    return Voided(sessions, links, letters, messages, jobs, keys)


def _anchor_anew() -> bool:
    """The head that this node kept is of events that are not there any more: keep that of the restored trail."""
    try:
        with unit_of_work(writes=False):
            accept_chain()
    except OSError:
        return False
    finally:
        _let_go_of_database()
    return True


def _let_go_of_database() -> None:
    """Close every connection of the application at work, so that its database can be taken away."""
    db.session.remove()
    db.engine.dispose()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One restore at a time."""
    try:
        with locked(settings.instance_path / ".restoring", waits=False):
            yield
    except BlockingIOError:
        raise BackupUnusable("Another restore is under way.") from None
