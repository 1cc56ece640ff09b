"""Ways through the audit trail, each along an index: how a search by several filters stays quick at any size.

No index answers all filters at once, and a database that has to guess may choose one whose events match nothing else.
So a way is chosen here, walked for a bounded number of events, and these alone are held against the other filters.
The limit inside each query is what keeps the database from choosing otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal, literal_column, or_, select, union_all
from sqlalchemy.orm import aliased

from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import ColumnElement, Select

    from webapp.admin.audit_filters import Wanted

    Condition = Callable[[Any], ColumnElement[bool]]

# So many events in no order are still sorted within some milliseconds, and so many addresses asked one by one.
_MOST_SORTED = 50_000
_MOST_ADDRESSES = 512
HIGHEST_ID = 2**62


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ids to look through, both ends included, and from which end."""

    first: int = 0
    last: int = HIGHEST_ID
    upwards: bool = False

    def covers(self, event: Any) -> ColumnElement[bool]:
        return and_(event.id >= self.first, event.id <= self.last)

    def order(self, event: Any) -> Any:
        return event.id.asc() if self.upwards else event.id.desc()

    def starting_at(self, event_id: int) -> Stretch:
        """The part that begins with this event."""
        return self.above(event_id - 1) if self.upwards else self.below(event_id)

    def up_to(self, event_id: int | None) -> Stretch:
        """The part that ends with this event; all of it where there is none."""
        if event_id is None:
            return self
        return replace(self, last=event_id) if self.upwards else replace(self, first=event_id)

    def beyond(self, event_id: int) -> Stretch:
        """The part that begins after this event."""
        return self.above(event_id) if self.upwards else self.below(event_id - 1)

    def above(self, event_id: int) -> Stretch:
        """Without the events up to this one."""
        return replace(self, first=max(self.first, event_id + 1))

    def below(self, event_id: int) -> Stretch:
        """Without the events after this one."""
        return replace(self, last=min(self.last, event_id))


@dataclass(frozen=True, slots=True)
class Stream:
    """Events that an index gives in order of id; those of the whole trail where nothing is named."""

    on_index: Condition | None = None

    def ids(self, stretch: Stretch, width: int) -> Select[Any]:
        """Events of a stretch, the first `width` of them."""
        return self._narrow(select(AuditEvent.id), stretch, width)

    def events(self, stretch: Stretch, width: int) -> Select[Any]:
        """The same, with all that is known of them."""
        return self._narrow(select(AuditEvent), stretch, width)

    def _narrow(self, query: Select[Any], stretch: Stretch, width: int) -> Select[Any]:
        if self.on_index is not None:
            query = query.where(self.on_index(AuditEvent))
        return query.where(stretch.covers(AuditEvent)).order_by(stretch.order(AuditEvent)).limit(width)


@dataclass(frozen=True, slots=True)
class LooseStream:
    """Events that their index finds in no order of ids."""

    on_index: Condition

    def ids(self, stretch: Stretch, width: int) -> Select[Any]:
        pool = select(AuditEvent.id).where(self.on_index(AuditEvent)).limit(_MOST_SORTED).subquery().c
        return select(pool.id).where(stretch.covers(pool)).order_by(stretch.order(pool)).limit(width)

    def events(self, stretch: Stretch, width: int) -> Select[Any]:
        return _events_of(self.ids(stretch, width), stretch, width)


@dataclass(frozen=True, slots=True)
class Lane:
    """One way through the trail: the streams of a filter, as one."""

    streams: tuple[Stream | LooseStream, ...]

    def find_end(self, stretch: Stretch, width: int) -> int | None:
        """The event at which so many of this lane are seen; None when there are fewer in the stretch."""
        ids = self._ids(stretch, width).subquery().c
        query = select(ids.id).order_by(stretch.order(ids)).offset(width - 1).limit(1)
        found: int | None = db.session.scalar(query)
        return found

    def events(self, stretch: Stretch, width: int) -> Select[Any]:
        """The events of a stretch, which has at most `width` of this lane."""
        if len(self.streams) == 1:
            return self.streams[0].events(stretch, width)
        return _events_of(self._ids(stretch, width), stretch, width)

    def _ids(self, stretch: Stretch, width: int) -> Any:
        """One event may be there twice: where somebody did something to themselves."""
        parts = [select(each.ids(stretch, width).subquery().c.id) for each in self.streams]
        return parts[0] if len(parts) == 1 else union_all(*parts)


def _events_of(ids: Any, stretch: Stretch, width: int) -> Select[Any]:
    query = select(AuditEvent).where(AuditEvent.id.in_(ids))
    return query.order_by(stretch.order(AuditEvent)).limit(width)


def lanes_for(wanted: Wanted) -> list[Lane]:
    """Ways that lead past every event that is wanted, the one that likely has the fewest first."""
    lanes: list[Lane] = []
    if wanted.request_id:
        lanes.append(Lane(_streams("request_id", (wanted.request_id,))))
    if wanted.whom is not None:
        lanes.append(Lane(_streams("account_id", wanted.whom)))
    lanes += [Lane(_people(ids)) for ids in (wanted.who, wanted.by) if ids is not None]
    if wanted.bits is not None:
        first, last = wanted.bits
        if first == last:
            lanes.append(Lane(_streams("address_bits", (first,))))
        else:
            lanes += _loose(lambda event: event.address_bits.between(first, last))
    if wanted.names:
        lanes.append(Lane(_streams("name", wanted.names)))
    if wanted.result == "failure":
        lanes.append(Lane((Stream(_failed),)))
    return [*lanes, Lane((Stream(),))]


def leap(stretch: Stretch, lanes: list[Lane], wanted: Wanted) -> Stretch | None:
    """Without what lies before the first event of any lane: nothing there can be wanted. None when that is all."""
    for lane in lanes:
        found = lane.find_end(stretch, 1)
        if found is None:
            return None
        stretch = stretch.starting_at(found)
    if wanted.bits is not None and wanted.bits[0] != wanted.bits[1]:
        number, found = _first_of_network(stretch, *wanted.bits)
        if number <= _MOST_ADDRESSES:
            return None if found is None else stretch.starting_at(found)
    return stretch


def _first_of_network(stretch: Stretch, first: bytes, last: bytes) -> tuple[int, int | None]:
    """How many addresses a network has here, counted to a bound, and its first event in the stretch.

    From one address to the next by the index, without a look at all the events that each has.
    """
    bits = AuditEvent.address_bits
    following = select(bits).where(bits <= last).order_by(bits).limit(1)
    begun = select(literal(1).label("number"), following.where(bits >= first).scalar_subquery().label("bits"))
    known = begun.cte("addresses", recursive=True)
    another = following.where(bits > known.c.bits).correlate(known).scalar_subquery()
    onward = known.c.bits.is_not(None) & (known.c.number <= _MOST_ADDRESSES)
    known = known.union_all(select(known.c.number + 1, another).where(onward))
    events = select(AuditEvent.id).where(bits == known.c.bits, stretch.covers(AuditEvent))
    nearest = events.order_by(stretch.order(AuditEvent)).limit(1).correlate(known).scalar_subquery()
    edge = (func.min if stretch.upwards else func.max)(nearest)
    number, found = db.session.execute(select(func.count(known.c.bits), edge)).one()
    return number, found


def _loose(on_index: Condition) -> list[Lane]:
    """No way at all where there are too many to be sorted."""
    found = select(AuditEvent.id).where(on_index(AuditEvent)).limit(_MOST_SORTED + 1).subquery()
    number = db.session.scalar(select(func.count()).select_from(found)) or 0
    return [Lane((LooseStream(on_index),))] if number <= _MOST_SORTED else []


def rows_on(lane: Lane, wanted: Wanted, stretch: Stretch, width: int, size: int) -> list[AuditEvent]:
    """Up to `size` events that are wanted, of a stretch that has at most `width` of this lane."""
    events = aliased(AuditEvent, lane.events(stretch, width).subquery())
    query = select(events).where(*_conditions(wanted, events)).order_by(stretch.order(events))
    return list(db.session.scalars(query.limit(size)))


def _conditions(wanted: Wanted, event: Any) -> Iterable[ColumnElement[bool]]:
    if wanted.whom is not None:
        yield event.account_id.in_(wanted.whom)
    if wanted.by is not None:
        alone = and_(event.actor_id.is_(None), event.via == "request", event.account_id.in_(wanted.by))
        yield or_(event.actor_id.in_(wanted.by), alone)
    if wanted.who is not None:
        yield or_(event.account_id.in_(wanted.who), event.actor_id.in_(wanted.who))
    if wanted.names:
        yield event.name.in_(wanted.names)
    if wanted.result:
        yield event.result == wanted.result
    if wanted.bits is not None:
        yield event.address_bits.between(*wanted.bits)
    if wanted.request_id:
        yield event.request_id == wanted.request_id
    if wanted.since is not None:
        yield event.occurred_at >= wanted.since
    if wanted.until is not None:
        yield event.occurred_at < wanted.until


def _streams(column: str, values: Iterable[Any]) -> tuple[Stream, ...]:
    """One for each value: an index has the events of one value in order, those of several it has not."""

    def having(value: Any) -> Condition:
        return lambda event: getattr(event, column) == value

    return tuple(Stream(having(value)) for value in values)


def _people(account_ids: tuple[str, ...]) -> tuple[Stream, ...]:
    """What happened to them, and what they did."""
    return (*_streams("account_id", account_ids), *_streams("actor_id", account_ids))


def _failed(event: Any) -> ColumnElement[bool]:
    # Not a bound value: a partial index serves only a query that is seen to ask for no more than it holds.
    found: ColumnElement[bool] = event.result == literal_column("'failure'")
    return found
