"""Who stands behind a token at this moment: token, session and account, asked in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.infra.database import find_row
from webapp.sessions import store
from webapp.sessions.models import Session
from webapp.sessions.standing import require_open
from webapp.tokens.chain_store import Chain
from webapp.tokens.errors import InvalidToken
from webapp.tokens.revocation import IS_REVOKED

if TYPE_CHECKING:
    from webapp.sessions.standing import Standing
    from webapp.tokens.access import AccessClaims

_QUESTION: Final = store.STANDING.add_columns(IS_REVOKED)
_CHAIN_QUESTION: Final = store.STANDING.add_columns(Session.authenticated_at, Session.methods)


def require_token_standing(claims: AccessClaims) -> Standing:
    """The open session of a verified token. Raises SessionEnded, and InvalidToken for one that was revoked.

    Its scopes are those of the token that the account's roles still grant: a role taken away works at once, a new one
    comes with the next renewal (RFC 6750, section 3.1).
    """
    row = find_row(_QUESTION, session_id=claims.session_id, token_id=claims.token_id)
    standing = require_open(row, within=claims.scopes)
    is_revoked = row is not None and row[store.FACTS]
    if is_revoked or standing.account_id != claims.account_id:
        raise InvalidToken
    return standing


def require_chain(session_id: str) -> tuple[Standing, Chain]:
    """An open session and its chain, for whoever brings one of its refresh tokens. Raises SessionEnded."""
    row = find_row(_CHAIN_QUESTION, session_id=session_id)
    standing = require_open(row)
    return standing, Chain(
        standing.session_id,
        standing.account_id,
        standing.created_at,
        standing.ends_at,
        standing.key_thumbprint,
        standing.counter,
        standing.received,
        standing.rotated_at,
        standing.swapper_user_agent,
        *(row or ())[store.FACTS :],
    )
