"""Whoever asked for a job: their rights count at each of its steps."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountNotFound
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.infra.jobs import Claim

# A session that the person themselves left, or that time ended, says nothing against what was asked for in it.
_HARMLESS: Final = frozenset(
    {EndCause.IDLE, EndCause.ABSOLUTE, EndCause.SIGNED_OUT, EndCause.SIGNED_IN_AGAIN, None}
)
_SOMEBODY_ELSE: Final = "it may have been somebody else who asked. What is done stays done."


class AskerHeldBack(Problem):
    """Whoever asked for it may not do it any more."""

    code = "asker_held_back"
    status = 403
    message = "Whoever asked for this may not do it any more. What is done stays done."


def asked_in(session_id: str | None) -> dict[str, object]:
    """What a job keeps, in its detail, of when and in which session it was asked for or confirmed."""
    return {"session": session_id, "asked_at": clock.now().isoformat()}


def require_asker(claim: Claim, account_id: str | None, scope: str) -> Account:
    """Whoever asked, held until the unit ends, so that no act outlives their rights. Raises AskerHeldBack."""
    try:
        actor = accounts.hold_account(account_id or "")
    except AccountNotFound:
        raise AskerHeldBack(
            "The account of whoever asked for this is gone. What is done stays done."
        ) from None
    if actor.is_shut:
        raise AskerHeldBack("The account of whoever asked for this was shut. What is done stays done.")
    _require_same_person(claim, actor)
    if scope not in actor.scopes:
        raise AskerHeldBack
    return actor


def _require_same_person(claim: Claim, actor: Account) -> None:
    """What owners and administrators do against somebody in an account ends what was asked for in it, too."""
    kept = claim.detail.get("asked_at")
    asked_at = datetime.fromisoformat(kept) if kept else claim.created_at
    if actor.secured_at is not None and actor.secured_at >= asked_at:
        raise AskerHeldBack(f"The account of whoever asked for this was secured meanwhile: {_SOMEBODY_ELSE}")
    moments = (actor.password_changed_at, actor.password_voided_at)
    if any(moment is not None and moment >= asked_at for moment in moments):
        raise AskerHeldBack(
            f"The password of whoever asked for this was changed or set aside meanwhile: {_SOMEBODY_ELSE}"
        )
    session_id = claim.detail.get("session")
    if session_id and sessions.find_end_cause(session_id) not in _HARMLESS:
        raise AskerHeldBack(f"The session in which this was asked for was ended meanwhile: {_SOMEBODY_ELSE}")
