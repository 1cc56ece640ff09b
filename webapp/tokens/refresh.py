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
from webapp.infra.database import begin_writing, unit_aside
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import REFRESHES
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.tokens import chain_store
from webapp.tokens.access import AccessToken, issue_access_token
from webapp.tokens.errors import RefreshRetry, RefreshTokenReused
from webapp.tokens.key_binding import bind_session, require_session_key
from webapp.tokens.mails import tell_of_reuse
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
from webapp.tokens.seen_proofs import spend_proof
from webapp.tokens.standing import require_chain

if TYPE_CHECKING:
    from webapp.core.errors import Problem
    from webapp.sessions.service import Standing
    from webapp.tokens.chain_store import Chain
    from webapp.tokens.dpop import Proof
    from webapp.tokens.refresh_rule import ChainState
    from webapp.tokens.refresh_tokens import RefreshClaims

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The answer to a refresh. `moves_cookie` says whether the browser needs the chain's newest token."""

    standing: Standing
    chain: Chain
    access_token: AccessToken
    moves_cookie: bool


def timing() -> RefreshTiming:
    """The overlap and the deadline in force."""
    settings = current_settings()
    return RefreshTiming(overlap=settings.refresh_overlap, deadline=settings.refresh_deadline)


def refresh(claims: RefreshClaims, proof: Proof | None = None) -> Refreshed:
    """Renew the access token of a session, and its refresh token where the rule says so.

    With a `proof` the token is bound to its key, and so is the session from then on, unless it was already. A session
    that is bound wants a proof of that key; without one nothing is written, so that a copied cookie harms nobody.

    Raises SessionEnded with the stored cause, InvalidDpopProof, UseDpopNonce, RefreshTokenReused, RefreshRetry (409).
    """
    presenter = digest_user_agent(current_origin().user_agent)
    is_spent = is_recorded = False
    for _ in range(_TRIES):
        standing, chain = require_chain(claims.session_id)
        require_session_key(chain, proof)
        if proof is not None and not is_spent:
            with unit_aside():
                spend_proof(proof)
            is_spent = True
        state = chain_store.state_of(chain)
        decision = decide_refresh(state, claims.number, clock.now(), presenter, timing())
        is_recorded = is_recorded or _record_replay(chain, claims.number)
        match decision:
            case Reissue() | RepeatSuccessor():
                # Only who is given a token may bind: a spent cookie must not shut its owner out.
                if bind_session(chain, proof):
                    token = _issue(standing, chain, chain.counter, proof)
                    is_repeated = isinstance(decision, RepeatSuccessor)
                    count(REFRESHES, "successor_again" if is_repeated else "same_again")
                    return Refreshed(standing, chain, token, moves_cookie=is_repeated)
            case RetryLater():
                count(REFRESHES, "retry_later")
                raise RefreshRetry(retry_after=1)
            case Swap(new_counter, new_received):
                # Signed first: while nothing can be signed, no chain moves.
                token = _issue(standing, chain, new_counter, proof)
                moment = clock.now()
                if bind_session(chain, proof) and chain_store.swap(
                    chain, state, new_counter, new_received, moment, presenter
                ):
                    count(REFRESHES, "rotated")
                    return Refreshed(standing, chain, token, moves_cookie=True)
            case EndSession(cause):
                begin_writing()
                if chain_store.end(chain, state, cause, clock.now()):
                    count(REFRESHES, "ended")
                    raise _ended(standing, cause, claims.number)
    raise RefreshRetry(retry_after=1)


def _issue(standing: Standing, chain: Chain, counter: int, proof: Proof | None) -> AccessToken:
    key_thumbprint = None if proof is None else proof.thumbprint
    return issue_access_token(chain, standing.scopes, counter=counter, key_thumbprint=key_thumbprint)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The browser is known to hold this number: to be written down when there is time."""

    standing: Standing
    expected: ChainState
    number: int


def find_receipt(counter: int, standing: Standing) -> Receipt | None:
    """What an access token issued at `counter` proves about the chain when it reaches our API.

    Raises SessionEnded for a token of a void number.
    """
    if counter <= standing.received:
        # Nothing that was not known: what nearly every call shows.
        return None
    state = chain_store.state_of(standing)
    decision = decide_receipt(state, counter, clock.now(), timing())
    if decision is None:
        return None
    if isinstance(decision, EndSession):
        begin_writing()
        # When the chain has moved meanwhile, nothing is written: the next call asks again.
        if chain_store.end(standing.session, state, decision.cause, clock.now()):
            raise _ended(standing, decision.cause, counter)
        return None
    return Receipt(standing, state, decision)


def note_received(receipt: Receipt) -> None:
    """Write the receipt down, if the chain still stands as it was."""
    chain_store.note_received(receipt.standing.session, receipt.expected, receipt.number)


def _ended(standing: Standing, cause: EndCause, number: int) -> Problem:
    """Record the end that has just been written; what to raise."""
    session_id, account_id = standing.session_id, standing.account_id
    if cause is EndCause.REFRESH_TOKEN_REUSED:
        record_event(
            EventName.REFRESH_TOKEN_REUSED,
            account_id=account_id,
            session_id=session_id,
            result="failure",
            detail={"number": number, "counter": standing.counter},
        )
    sessions.record_end(session_id, account_id, cause)
    if cause is EndCause.REFRESH_TOKEN_REUSED:
        tell_of_reuse(standing.account, standing.session.device)
        return RefreshTokenReused(cause=str(cause))
    return SessionEnded(cause)


def _record_replay(chain: Chain, number: int) -> bool:
    """Each replay is an event, also a harmless one: ten restored tabs and a thief look alike at first.

    False when it is none.
    """
    if number >= chain.counter:
        return False
    begin_writing()
    record_event(
        EventName.REFRESH_TOKEN_REPLAYED,
        account_id=chain.account_id,
        session_id=chain.id,
        detail={"number": number, "counter": chain.counter},
    )
    return True
