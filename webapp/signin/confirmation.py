"""Proving once more who one is in a session that goes on, when its tokens were lost in this browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.infra.database import keep_so_far
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.signin.flow import sign_out
from webapp.signin.proof import prove
from webapp.tokens.renewed_chain import renew_chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.sessions.service import Standing
    from webapp.signin.devices import Device


def confirm_identity(
    standing: Standing,
    *,
    password: str | None = None,
    code: str | None = None,
    credential: Mapping[str, Any] | str | None = None,
    device: Device | None = None,
    brought_session_ids: Iterable[str] = (),
) -> Standing:
    """The same session with a new chain of refresh tokens, for whoever gives what a fresh proof takes.

    Another session whose token the browser brought ends: its cookie is about to be replaced. Raises as `prove` does,
    and SessionEnded for a session that ended while the password was checked.
    """
    session_id = standing.session.id
    prove(standing, password=password, code=code, credential=credential, device=device)
    # The proof counts whatever becomes of the rest, and its lock must not be held while others are asked for.
    keep_so_far()
    # This first: from here on nobody ends the session until the unit is over, and the next line says how it stands.
    renew_chain(standing)
    standing = sessions.require_standing(session_id)
    sign_out((each for each in brought_session_ids if each != session_id), EndCause.SIGNED_IN_AGAIN)
    return standing
