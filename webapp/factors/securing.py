"""What goes when an account is taken back: recovery codes, and factors that somebody else may have added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.factors import store
from webapp.factors.service import list_factors
from webapp.factors.watch import FactorWatch
from webapp.infra.audit import record_event

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.accounts.models import Account

_REMOVED = {"totp": EventName.TOTP_REMOVED, "passkey": EventName.PASSKEY_REMOVED}


def void_recovery_codes(account: Account) -> int:
    """Void every recovery code of a held account; how many were unused."""
    left, _ = store.count_codes(account.id)
    store.replace_codes(account.id, ())
    return left


def remove_factors_since(account: Account, moment: datetime, *, actor_id: str | None) -> int:
    """Remove what was added to a held account since then, and what was begun; how many factors were.

    Ends no session and writes no letter: whoever secures the account does both.
    """
    found = list_factors(account.id)
    added: list[tuple[Literal["totp", "passkey"], str, str]] = [
        ("totp", each.id, each.name)
        for each in found.totp
        if (each.confirmed_at or each.created_at) >= moment
    ]
    added += [("passkey", each.id, each.name) for each in found.passkeys if each.created_at >= moment]
    store.delete_begun(account.id)
    for kind, factor_id, name in added:
        store.delete_factor(account.id, factor_id)
        record_event(_REMOVED[kind], account_id=account.id, actor_id=actor_id, detail={"name": name})
    if not added:
        return 0
    if len(added) == len(found.totp) + len(found.passkeys):
        account.second_factor_since = None
        account.factor_failures_in_a_row = 0
    part(FactorWatch).changed(account.id)
    return len(added)
