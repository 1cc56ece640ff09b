"""Rotation of refresh tokens (RFC 9700, section 4.14.2): the rule carried out on the session row.

Every change is one UPDATE guarded by the values the decision was made on; when no row matches, somebody else was
quicker, and the question is asked again. Nothing here knows about cookies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.origin import current_origin
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.tokens import chain_store
from webapp.tokens.access import AccessToken, issue_access_token
from webapp.tokens.errors import RefreshRetry, RefreshTokenReused
from webapp.tokens.refresh_rule import (
    EndSession,
    RefreshTiming,
    Reissue,
    RepeatSuccessor,
    RetryLater,
    Swap,
    decide_receipt,
    decide_refresh,
    digest_user_agent,
)

if TYPE_CHECKING:
    from webapp.core.errors import Problem
    from webapp.sessions.models import Session
    from webapp.sessions.service import Standing
    from webapp.tokens.refresh_rule import ChainState
    from webapp.tokens.refresh_tokens import RefreshClaims

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The answer to a refresh. `moves_cookie` says whether the browser needs the chain's newest token."""

    standing: Standing
    access_token: AccessToken
    moves_cookie: bool


def timing() -> RefreshTiming:
    """The overlap and the deadline in force."""
    settings = current_settings()
    return RefreshTiming(overlap=settings.refresh_overlap, deadline=settings.refresh_deadline)


def refresh(claims: RefreshClaims) -> Refreshed:
    """Renew the access token of a session, and its refresh token where the rule says so.

    Raises SessionEnded with the stored cause, RefreshTokenReused, RefreshRetry (409).
    """
    presenter = digest_user_agent(current_origin().user_agent)
    is_recorded = False
    for _ in range(_TRIES):
        standing = sessions.require_standing(claims.session_id)
        session = standing.session
        state = chain_store.state_of(session)
        decision = decide_refresh(state, claims.number, clock.now(), presenter, timing())
        if claims.number < state.counter and not is_recorded:
            _record_replay(standing, claims.number)
            is_recorded = True
        match decision:
            case Reissue() | RepeatSuccessor():
                token = issue_access_token(session, standing.scopes, counter=state.counter)
                return Refreshed(standing, token, moves_cookie=isinstance(decision, RepeatSuccessor))
            case RetryLater():
                raise RefreshRetry(retry_after=1)
            case Swap(new_counter, new_received):
                begin_writing()
                if chain_store.swap(session, state, new_counter, new_received, clock.now(), presenter):
                    token = issue_access_token(session, standing.scopes, counter=new_counter)
                    return Refreshed(standing, token, moves_cookie=True)
            case EndSession(cause):
                begin_writing()
                if chain_store.end(session, state, cause, clock.now()):
                    raise _ended(standing, cause, claims.number)
    raise RefreshRetry(retry_after=1)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The browser is known to hold this number: to be written down when there is time."""

    session: Session
    expected: ChainState
    number: int


def find_receipt(counter: int, standing: Standing) -> Receipt | None:
    """What an access token issued at `counter` proves about the chain when it reaches our API.

    Raises SessionEnded for a token of a void number.
    """
    state = chain_store.state_of(standing.session)
    decision = decide_receipt(state, counter, clock.now(), timing())
    if decision is None:
        return None
    if isinstance(decision, EndSession):
        begin_writing()
        # When the chain has moved meanwhile, nothing is written: the next call asks again.
        if chain_store.end(standing.session, state, decision.cause, clock.now()):
            raise _ended(standing, decision.cause, counter)
        return None
    return Receipt(standing.session, state, decision)


def note_received(receipt: Receipt) -> None:
    """Write the receipt down, if the chain still stands as it was."""
    chain_store.note_received(receipt.session, receipt.expected, receipt.number)


def _ended(standing: Standing, cause: EndCause, number: int) -> Problem:
    """Record the end that has just been written; what to raise."""
    session, account = standing.session, standing.account
    if cause is EndCause.REFRESH_TOKEN_REUSED:
        record_event(
            EventName.REFRESH_TOKEN_REUSED,
            account_id=account.id,
            session_id=session.id,
            result="failure",
            detail={"number": number, "counter": session.counter},
        )
    sessions.record_end(session.id, account.id, cause)
    if cause is EndCause.REFRESH_TOKEN_REUSED:
        return RefreshTokenReused(cause=str(cause))
    return SessionEnded(cause)


def _record_replay(standing: Standing, number: int) -> None:
    """Each replay is an event, also a harmless one: ten restored tabs and a thief look alike at first."""
    session = standing.session
    counter = session.counter
    begin_writing()
    record_event(
        EventName.REFRESH_TOKEN_REPLAYED,
        account_id=standing.account.id,
        session_id=session.id,
        detail={"number": number, "counter": counter},
    )
