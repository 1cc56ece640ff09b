"""Whoever asked for a job: their rights count at each of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountNotFound
from webapp.core.errors import Problem

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.infra.jobs import Claim


class AskerHeldBack(Problem):
    """Whoever asked for it may not do it any more."""

    code = "asker_held_back"
    status = 403
    message = "Whoever asked for this may not do it any more. What is done stays done."


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
    if actor.secured_at is not None and actor.secured_at >= claim.created_at:
        raise AskerHeldBack(
            "The account of whoever asked for this was secured meanwhile: it may have been somebody else who asked. "
            "What is done stays done."
        )
    if scope not in actor.scopes:
        raise AskerHeldBack
    return actor
