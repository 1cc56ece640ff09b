"""Sessions bound to a key: the first one presented moves the chain from then on, and no other (RFC 9449, section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.tokens import chain_store
from webapp.tokens.errors import InvalidDpopProof, InvalidToken

if TYPE_CHECKING:
    from webapp.sessions.models import Session
    from webapp.tokens.access import AccessClaims
    from webapp.tokens.chain_store import Chain
    from webapp.tokens.dpop import Proof


def require_session_key(session: Session | Chain, proof: Proof | None) -> None:
    """Raises InvalidDpopProof when the session is bound, and not to the key of this proof."""
    if session.key_thumbprint is not None and (proof is None or proof.thumbprint != session.key_thumbprint):
        raise InvalidDpopProof


def require_token_key(claims: AccessClaims, key_thumbprint: str | None) -> None:
    """Refuse a token of our own API whose key is not its session's, given by its thumbprint. Raises InvalidToken.

    A plain token of a session that has been bound since dies with the binding, and a bound one when the session is
    given another key: whoever copied it had minutes before, and has none now.
    """
    if claims.key_thumbprint != key_thumbprint:
        raise InvalidToken


def bind_session(session: Session | Chain, proof: Proof | None) -> bool:
    """Bind an unbound session to the key of the proof, and record it; False when it has changed since it was read.

    Nothing is to do without a proof, and for a session that has this key already.
    """
    if proof is None or session.key_thumbprint == proof.thumbprint:
        return True
    begin_writing()
    if not chain_store.bind(session, chain_store.state_of(session), proof.thumbprint):
        return False
    record_event(EventName.SESSION_BOUND, account_id=session.account_id, session_id=session.id)
    return True
