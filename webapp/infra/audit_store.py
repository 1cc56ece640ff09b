"""Every query of the sealed audit trail."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Text, delete, func, select, text, type_coerce, update

from webapp.infra.audit_seals import Segment, moment_text
from webapp.infra.database import begin_writing, count_changed, db, insert_unless_there
from webapp.infra.models import AuditEvent, AuditSegment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.orm import InstrumentedAttribute

# So many segments back there is one that was not made of late events alone.
_RECENT: Final = 100
_PAGE: Final = 1_000


class Waiting(NamedTuple):
    """An event that is to be sealed."""

    id: int
    digest: bytes
    occurred_at: datetime | None
    name: str
    result: str


def hold_snapshot() -> None:
    """Let everything that this unit reads from now on be of one moment; the first thing that it does."""
    if _on_postgresql():
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def has_unsealed() -> bool:
    """Whether any event waits to be sealed."""
    _prefer_indexes()
    return db.session.scalar(select(AuditEvent.id).where(AuditEvent.sealed_in.is_(None)).limit(1)) is not None


def list_unsealed(most: int) -> list[Waiting]:
    """So many events that wait, by id: those after the newest sealed one, then whatever came late.

    On PostgreSQL a transaction may commit events with lower ids than some that are sealed already.
    """
    recent = select(AuditSegment.last_event_id).order_by(AuditSegment.id.desc()).limit(_RECENT)
    newest = db.session.scalar(select(func.max(recent.subquery().c.last_event_id))) or 0
    moment = _as_stored(AuditEvent.occurred_at).label("occurred_at")
    columns = (AuditEvent.id, AuditEvent.digest, moment, AuditEvent.name, AuditEvent.result)
    # By the primary key alone: any other way reads all that waits, for each batch of a trail of before.
    ahead = select(*columns, AuditEvent.sealed_in).order_by(AuditEvent.id).limit(most)
    found: list[Row[Any]] = []
    while len(found) < most and (page := db.session.execute(ahead.where(AuditEvent.id > newest)).all()):
        found += [each for each in page if each.sealed_in is None]
        newest = page[-1].id
    if len(found) >= most:
        return [_waiting(each) for each in found[:most]]
    _prefer_indexes()
    waiting = select(*columns).where(AuditEvent.sealed_in.is_(None)).limit(most)
    return sorted(_waiting(each) for each in db.session.execute(waiting))


def add_segment(segment: Segment, last_event_at: datetime, sealed_at: datetime) -> bool:
    """Store a segment; False when another process has stored one of that number meanwhile."""
    moments = {"last_event_at": last_event_at, "sealed_at": sealed_at}
    return insert_unless_there(AuditSegment, **{**segment.values(), **moments})


def reserve_ids(number: int) -> int:
    """The first of so many ids that no event gets from now on but those that whoever asks stores under them."""
    if _on_postgresql():
        sequence = func.pg_get_serial_sequence("audit_events", "id")
        first = db.session.scalar(select(func.nextval(sequence))) or 1
        db.session.execute(select(func.setval(sequence, first + number - 1)))
        return first
    kept = text("SELECT seq FROM sqlite_sequence WHERE name = 'audit_events'")
    begin_writing()
    newest = db.session.scalar(kept)
    statement = (
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('audit_events', :seq)"
        if newest is None
        else "UPDATE sqlite_sequence SET seq = :seq WHERE name = 'audit_events'"
    )
    db.session.execute(text(statement), {"seq": (newest or 0) + number})
    return (newest or 0) + 1


def mark_sealed(event_ids: Sequence[int], segment_id: int) -> int:
    """Note in events that wait which segment took them; how many there were."""
    waiting = update(AuditEvent).where(AuditEvent.id.in_(event_ids), AuditEvent.sealed_in.is_(None))
    return count_changed(waiting.values(sealed_in=segment_id))


def sign_anew(segment: Segment, key_id: str, signature: bytes, **cut: datetime) -> bool:
    """Store another signature, and `cut_at` where it is cut; False when another process has done so meanwhile."""
    row = update(AuditSegment).where(
        AuditSegment.id == segment.id, AuditSegment.signature == segment.signature
    )
    return count_changed(row.values(key_id=key_id, signature=signature, **cut)) == 1


def delete_events(segment_ids: Sequence[int]) -> int:
    """Delete the events of these segments; how many there were."""
    return count_changed(delete(AuditEvent).where(AuditEvent.sealed_in.in_(segment_ids)))


def find_newest() -> Segment | None:
    """The newest segment."""
    row = db.session.execute(_segments().order_by(AuditSegment.id.desc()).limit(1)).one_or_none()
    return None if row is None else _segment(row)


def list_segments(after: int | None, most: int, *conditions: ColumnElement[bool]) -> list[Segment]:
    """So many segments in their order, from the one after that number."""
    query = _segments().where(*conditions).order_by(AuditSegment.id).limit(most)
    if after is not None:
        query = query.where(AuditSegment.id > after)
    return [_segment(row) for row in db.session.execute(query)]


def list_cuttable(after: int, most: int, before: datetime) -> list[Segment]:
    """So many segments whose events are all older than that and still there."""
    return list_segments(after, most, AuditSegment.cut_at.is_(None), AuditSegment.last_event_at < before)


def find_first_sealed(after: int) -> int | None:
    """The lowest number above `after` of a segment of which there are events."""
    return db.session.scalar(select(func.min(AuditEvent.sealed_in)).where(AuditEvent.sealed_in > after))


def iterate_sealed(after: int | None, until: int | None) -> Iterator[Row[Any]]:
    """The events of the segments after one and up to another (None: of all), by segment and id, a page at a time."""
    query = _events().where(AuditEvent.sealed_in.is_not(None)).order_by(AuditEvent.sealed_in, AuditEvent.id)
    if after is not None:
        query = query.where(AuditEvent.sealed_in > after)
    if until is not None:
        query = query.where(AuditEvent.sealed_in <= until)
    return iter(db.session.execute(query.execution_options(yield_per=_PAGE)))


def list_waiting(after: int, most: int) -> Sequence[Row[Any]]:
    """So many events that are not sealed, by id."""
    _prefer_indexes()
    waiting = _events().where(AuditEvent.sealed_in.is_(None), AuditEvent.id > after)
    return db.session.execute(waiting.order_by(AuditEvent.id).limit(most)).all()


def map_to_segments(first: int, last: int) -> dict[int, int | None]:
    """The segment of each event in a range of ids; None of those that are not sealed."""
    query = select(AuditEvent.id, AuditEvent.sealed_in).where(AuditEvent.id.between(first, last))
    return {row.id: row.sealed_in for row in db.session.execute(query)}


def count_segments() -> int:
    """How many segments there are: the number of the newest."""
    return db.session.scalar(select(func.max(AuditSegment.id))) or 0


def refresh_statistics() -> None:
    """Tell PostgreSQL's planner that hardly any event waits, after many have been sealed."""
    if _on_postgresql():
        db.session.execute(text("ANALYZE audit_events"))


def text_of_moment(stored: object) -> str:
    """A stored moment in the form that digests cover; what is no moment any more, or is written in another way than
    Latchkey writes it, which SQLite sorts elsewhere, as it stands there.
    """
    if isinstance(stored, datetime):
        return moment_text(stored)
    with suppress(ValueError):
        moment = datetime.fromisoformat(str(stored))
        if stored == moment.isoformat(" ", "microseconds") and moment.tzinfo is None:
            return moment_text(moment.replace(tzinfo=UTC))
    return str(stored)


def _segments() -> Select[*tuple[Any, ...]]:
    named = {column.key: column for column in AuditSegment.__table__.columns}
    moments = [
        _as_stored(each).label(each.key)
        for each in (AuditSegment.last_event_at, AuditSegment.sealed_at, AuditSegment.cut_at)
    ]
    others = [named[name] for name in named if name not in {"last_event_at", "sealed_at", "cut_at"}]
    return select(*others, *moments)


def _segment(row: Row[Any]) -> Segment:
    """SQLite keeps values of any type in any column: what has another type was altered, and becomes a wrong one."""
    numbers = (row.first_event_id, row.last_event_id, row.event_count)
    first, last, count = (each if isinstance(each, int) else -1 for each in numbers)
    texts = (row.events_digest, row.previous_head, row.head, row.signature)
    digest, previous, head, signature = (each if isinstance(each, bytes) else b"" for each in texts)
    return Segment(
        id=row.id,
        first_event_id=first,
        last_event_id=last,
        event_count=count,
        last_event_at=text_of_moment(row.last_event_at),
        events_digest=digest,
        sealed_at=text_of_moment(row.sealed_at),
        previous_head=previous,
        head=head,
        key_id=str(row.key_id),
        signature=signature,
        cut_at=None if row.cut_at is None else text_of_moment(row.cut_at),
    )


def _waiting(row: Row[Any]) -> Waiting:
    """As above: an event that was made unreadable is sealed as it is, and found by whoever verifies it."""
    stored = row.occurred_at
    if not isinstance(stored, datetime):
        try:
            stored = datetime.fromisoformat(str(stored)).replace(tzinfo=UTC)
        except ValueError:
            stored = None
    return Waiting(
        row.id, row.digest if isinstance(row.digest, bytes) else b"", stored, str(row.name), str(row.result)
    )


def _events() -> Select[*tuple[Any, ...]]:
    moment = _as_stored(AuditEvent.occurred_at).label("occurred_at")
    others = [each for each in AuditEvent.__table__.columns if each.key != "occurred_at"]
    return select(*others, moment)


def _as_stored(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A moment as SQLite keeps it, which may have been made unreadable; PostgreSQL keeps nothing that is none."""
    return type_coerce(column, Text) if not _on_postgresql() else column.expression


def _prefer_indexes() -> None:
    """Find the few events that wait by their index, also while the planner believes that most do."""
    if _on_postgresql():
        db.session.execute(text("SET LOCAL enable_seqscan = off"))


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"
