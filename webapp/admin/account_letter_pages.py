"""Reset links and verification letters: shown once to administrators, or mailed to whom they are for."""

from __future__ import annotations

from typing import Any

from flask import render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin import service
from webapp.admin.account_pages import act_or_show
from webapp.admin.authority import require_reach
from webapp.admin.forms import ConfirmForm
from webapp.admin.letters import send_reset_letter, send_verification_letter
from webapp.admin.pages import blueprint
from webapp.config import current_settings
from webapp.core import clock
from webapp.recovery.flow import RESET_LIFETIME

_PATH = "/accounts/<account_id>"


@blueprint.post(f"{_PATH}/reset-link")
@page("admin:write", proof=True)
def reset_link(account_id: str) -> Any:
    """Make a reset link and show it, once."""
    found, token = service.make_reset_link(account_id, actor_id=caller().account_id)
    name = found.display_name or found.username
    return render_template(
        "admin/shown_link.html",
        heading="Reset link for " + found.username,
        active="accounts",
        back=f"/admin/accounts/{found.id}",
        back_label=f"Back to {name}",
        link=f"{current_settings().public_url}/reset-password/{token}",
        valid_until=clock.now() + RESET_LIFETIME,
        sentences=[
            f"Give it to {name} only, in a way that shows it is them. Whoever opens it can choose the password.",
            "The old password works until a new one is saved; saving it signs the account out everywhere.",
            "Leaving this page hides the link for good. Making another one ends this one.",
        ],
        me=caller().account,
    )


@blueprint.post(f"{_PATH}/reset-letter")
@page("admin:support", proof=True)
def reset_letter(account_id: str) -> Any:
    """Mail a reset link to its owner; whoever sends it never sees it."""
    require_reach(caller(), accounts.get_account(account_id))

    def act(actor_id: str) -> str:
        return f"A reset link is on its way to {send_reset_letter(account_id, actor_id=actor_id)}."

    return act_or_show(account_id, ConfirmForm(), "refused", act)


@blueprint.post(f"{_PATH}/verification-letter")
@page("admin:write", proof=True)
def verification_letter(account_id: str) -> Any:
    """Write to the address that waits once more."""

    def act(actor_id: str) -> str:
        return f"A letter is on its way to {send_verification_letter(account_id, actor_id=actor_id)}."

    return act_or_show(account_id, ConfirmForm(), "refused", act)
