"""Every query about the chain of refresh tokens, which lives in the session's row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm.attributes import set_committed_value

from webapp.infra.database import change_row, db
from webapp.sessions.models import Session
from webapp.tokens.refresh_rule import ChainState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Update

    from webapp.sessions.standing import Standing


@dataclass(slots=True, eq=False)
class Chain:
    """A session as its tokens need it: its row's columns under their names, without the price of a loaded object."""

    id: str
    account_id: str
    created_at: datetime
    ends_at: datetime
    key_thumbprint: str | None
    counter: int
    received: int
    rotated_at: datetime | None
    swapper_user_agent: bytes | None
    authenticated_at: datetime
    methods: str


def state_of(session: Session | Chain | Standing) -> ChainState:
    """The chain's columns as they were read."""
    return ChainState(session.counter, session.received, session.rotated_at, session.swapper_user_agent)


def swap(
    session: Session | Chain,
    expected: ChainState,
    counter: int,
    received: int,
    moment: datetime,
    presenter: bytes,
) -> bool:
    """Move the chain on, if it still stands as expected; the object then shows the new state."""
    changes = {
        "counter": counter,
        "received": received,
        "rotated_at": moment,
        "swapper_user_agent": presenter,
    }
    return _change(session, expected, changes)


def bind(session: Session | Chain, expected: ChainState, key_thumbprint: str) -> bool:
    """Let only this key move the chain from now on, if the session is as unbound as it was read."""
    return _change(session, expected, {"key_thumbprint": key_thumbprint})


def begin_anew(session: Session, moment: datetime, presenter: bytes) -> bool:
    """One number on, received and unbound, wherever the chain stands; the object then shows it. False when ended."""
    changes = {"rotated_at": moment, "swapper_user_agent": presenter, "key_thumbprint": None}
    number = db.session.scalar(
        update(Session)
        .where(Session.id == session.id, Session.ended_at.is_(None))
        .values(counter=Session.counter + 1, received=Session.counter + 1, **changes)
        .returning(Session.counter)
        .execution_options(synchronize_session=False)
    )
    if number is None:
        return False
    _show(session, {**changes, "counter": number, "received": number})
    return True


def note_received(session: Session, expected: ChainState, received: int) -> bool:
    """Write down that a number reached the browser, if the chain still stands as expected."""
    return _change(session, expected, {"received": received})


def end(session: Session | Chain, expected: ChainState, cause: str, moment: datetime) -> bool:
    """End the session, if its chain still stands as the decision to end it was made on."""
    return _change(session, expected, {"ended_at": moment, "end_cause": str(cause)})


def _change(session: Session | Chain, expected: ChainState, changes: dict[str, object]) -> bool:
    read = {
        "read_id": session.id,
        "read_counter": expected.counter,
        "read_received": expected.received,
        "read_rotated_at": expected.rotated_at,
        # Whoever was let in by the key that was read must not go on past another.
        "read_key": session.key_thumbprint,
    }
    written = {f"new_{name}": value for name, value in changes.items()}
    if not change_row(_guarded_update(tuple(changes)), read | written):
        return False
    _show(session, changes)
    return True


@lru_cache
def _guarded_update(names: tuple[str, ...]) -> Update:
    """Made once for each change: building a statement takes longer than running it."""
    table = cast("Table", Session.__table__)
    return (
        update(table)
        .where(
            table.c.id == bindparam("read_id"),
            table.c.ended_at.is_(None),
            table.c.counter == bindparam("read_counter"),
            table.c.received == bindparam("read_received"),
            table.c.rotated_at.is_not_distinct_from(bindparam("read_rotated_at")),
            table.c.key_thumbprint.is_not_distinct_from(bindparam("read_key")),
        )
        .values({name: bindparam(f"new_{name}") for name in names})
    )


def _show(session: Session | Chain, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        if isinstance(session, Session):
            set_committed_value(session, name, value)
        elif hasattr(session, name):
            setattr(session, name, value)
