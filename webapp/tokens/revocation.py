"""Single access tokens that are worth nothing any more, by their `jti` (RFC 7009), until they would have expired.

The row is the whole mechanism: whoever accepts a token asks for it, so a revocation counts at every node as soon as
it is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists

from webapp.core import clock
from webapp.infra.database import insert_unless_there
from webapp.tokens.models import RevokedToken

if TYPE_CHECKING:
    from datetime import datetime

# For a query that asks for the session too: an expression that is true for a revoked token, by the bound `token_id`.
IS_REVOKED = exists().where(RevokedToken.token_id == bindparam("token_id"))


def revoke_token(token_id: str, expires_at: datetime) -> bool:
    """Make one token worthless; False when it was already. Two at once: one of them did it, and neither fails."""
    row = {"token_id": token_id, "revoked_at": clock.now(), "expires_at": expires_at}
    return insert_unless_there(RevokedToken, **row)
