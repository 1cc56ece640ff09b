"""Every query about the chain of refresh tokens, which lives in the session's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from webapp.infra.database import db
from webapp.sessions.models import Session
from webapp.tokens.refresh_rule import ChainState

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.sessions.standing import Standing


def state_of(session: Session | Standing) -> ChainState:
    """The chain's columns as they were read."""
    return ChainState(session.counter, session.received, session.rotated_at, session.swapper_user_agent)


def swap(
    session: Session, expected: ChainState, counter: int, received: int, moment: datetime, presenter: bytes
) -> bool:
    """Move the chain on, if it still stands as expected; the object then shows the new state."""
    changes = {
        "counter": counter,
        "received": received,
        "rotated_at": moment,
        "swapper_user_agent": presenter,
    }
    return _change(session, expected, changes)


def bind(session: Session, expected: ChainState, key_thumbprint: str) -> bool:
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
    for name, value in {**changes, "counter": number, "received": number}.items():
        set_committed_value(session, name, value)
    return True


def note_received(session: Session, expected: ChainState, received: int) -> bool:
    """Write down that a number reached the browser, if the chain still stands as expected."""
    return _change(session, expected, {"received": received})


def end(session: Session, expected: ChainState, cause: str, moment: datetime) -> bool:
    """End the session, if its chain still stands as the decision to end it was made on."""
    return _change(session, expected, {"ended_at": moment, "end_cause": str(cause)})


def _change(session: Session, expected: ChainState, changes: dict[str, object]) -> bool:
    changed = db.session.execute(
        update(Session)
        .where(
            Session.id == session.id,
            Session.ended_at.is_(None),
            Session.counter == expected.counter,
            Session.received == expected.received,
            Session.rotated_at.is_not_distinct_from(expected.rotated_at),
            # Whoever was let in by the key that was read must not go on past another.
            Session.key_thumbprint.is_not_distinct_from(session.key_thumbprint),
        )
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    for name, value in changes.items():
        set_committed_value(session, name, value)
    return True
