"""Adding a passkey to the account of whoever is signed in, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.factors.passkeys import register, registration_options
from webapp.factors.service import factor_added, hold_for_change
from webapp.sessions.proof import require_fresh_proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.factors.models import Passkey
    from webapp.sessions.service import Standing


def begin_passkey(standing: Standing) -> dict[str, Any]:
    """What the browser needs to make one, good for five minutes of this session. Raises ProofNeeded, TooManyFactors."""
    require_fresh_proof(standing)
    return registration_options(standing.account, standing.session_id)


def add_passkey(
    standing: Standing, credential: Mapping[str, Any] | str, name: str | None = None
) -> tuple[Passkey, tuple[str, ...] | None]:
    """Keep what the browser made; the recovery codes too when it is the account's first factor.

    Raises ProofNeeded, PasskeyNotAdded, PasskeyAddedAlready, TooManyFactors, InvalidInput for the name.
    """
    account = hold_for_change(standing)
    passkey = register(account, credential, name, standing.session_id)
    return passkey, factor_added(account, "passkey", passkey.name, session_id=standing.session_id)
