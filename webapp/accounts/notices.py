"""Telling the owner of an account what happened to it, with a way to say that it was not them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.infra.links import make_link
from webapp.infra.outbox import Letter, queue_letter

if TYPE_CHECKING:
    from webapp.accounts.models import Account

NOT_ME_LIFETIME: Final = timedelta(days=7)


def tell_owner(
    account: Account,
    kind: str,
    subject: str,
    paragraphs: tuple[str, ...],
    *,
    recipient: str | None = None,
    offers_not_me: bool = True,
) -> bool:
    """Queue a letter to the verified address of an account, in the present unit; False when none can be sent.

    `recipient` is another address that is or was theirs. With `offers_not_me` it carries a link that secures the
    account without signing in (see recovery); earlier links of the kind stay good, since each letter has its own.
    """
    email = account.email
    verified = email.address if email is not None and email.verified_at is not None else None
    address = recipient or verified
    settings = current_settings()
    if address is None or not settings.sends_mail:
        return False
    others: tuple[tuple[str, str], ...] = ()
    closing: tuple[str, ...] = ("If this was you, there is nothing to do.",)
    if offers_not_me:
        token = make_link("not_me", account.id, NOT_ME_LIFETIME, replaces=False)
        others = (("This wasn't me", f"{settings.public_url}/not-me/{token}"),)
        closing += (
            "If it was not, open the link below: it ends every session and lets you choose a new password.",
        )
    letter = Letter(subject, paragraphs, closing=closing, others=others)
    return queue_letter(kind, address, letter, account_id=account.id)
