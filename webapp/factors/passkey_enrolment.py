"""Adding a passkey to the account of whoever is signed in, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.core.parts import part
from webapp.factors.passkeys import register, registration_options
from webapp.factors.service import MOST_CHANGES, factor_added, hold_for_change
from webapp.infra.throttle import Throttle, TooManyAttempts
from webapp.sessions.proof import require_fresh_proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.factors.models import Passkey
    from webapp.sessions.service import Standing

_LANE: Final = "passkey-added"


def begin_passkey(standing: Standing) -> dict[str, Any]:
    """What the browser needs to make one, good for five minutes of this session.

    Raises ProofNeeded, TooManyFactors, TooManyAttempts when no more are kept today: the browser is not to make one.
    """
    require_fresh_proof(standing)
    options = registration_options(standing.account, standing.session_id)
    throttle = part(Throttle)
    if throttle.used(_LANE, standing.account_id, MOST_CHANGES) >= MOST_CHANGES.count:
        raise TooManyAttempts(retry_after=throttle.wait(MOST_CHANGES))
    return options


def add_passkey(
    standing: Standing, credential: Mapping[str, Any] | str, name: str | None = None
) -> tuple[Passkey, tuple[str, ...] | None]:
    """Keep what the browser made; the recovery codes too when it is the account's first factor.

    Raises ProofNeeded, PasskeyNotAdded, PasskeyAddedAlready, TooManyFactors, TooManyAttempts, InvalidInput for the
    name.
    """
    account = hold_for_change(standing)
    passkey = register(account, credential, name, standing.session_id)
    # Each one added is told by mail, and so is each removed: nobody must be able to fill the owner's mailbox. Counted
    # once it would be kept, since no other answer writes a letter; a refusal undoes it.
    part(Throttle).count(_LANE, account.id, MOST_CHANGES)
    return passkey, factor_added(account, "passkey", passkey.name, session_id=standing.session_id)
