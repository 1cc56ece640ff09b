"""Telling the owner of an account what happened to it, with a way to say that it was not them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.infra.database import db
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
    once: str | None = None,
) -> bool:
    """Queue a letter to the verified address of an account, in the present unit; False when none can be sent.

    `recipient` is another address that is or was theirs. With `offers_not_me` it carries a link that secures the
    account without signing in (see recovery); earlier links of the kind stay good, since each letter has its own.
    `once` as in the outbox: of all letters under the same key only the first is queued.
    """
    email = account.email
    verified = email.address if email is not None and email.verified_at is not None else None
    address = recipient or verified
    if address is None or not current_settings().sends_mail:
        return False
    with db.session.begin_nested() as attempt:
        letter = _letter(account, subject, paragraphs, offers_not_me=offers_not_me)
        is_queued = queue_letter(kind, address, letter, account_id=account.id, once=once)
        if not is_queued:
            # The link of a letter that nobody gets goes with it.
            attempt.rollback()
    return is_queued


def _letter(account: Account, subject: str, paragraphs: tuple[str, ...], *, offers_not_me: bool) -> Letter:
    others: tuple[tuple[str, str], ...] = ()
    closing: tuple[str, ...] = ("If this was you, there is nothing to do.",)
    if offers_not_me:
        token = make_link("not_me", account.id, NOT_ME_LIFETIME, replaces=False)
        others = (("This wasn't me", f"{current_settings().public_url}/not-me/{token}"),)
        closing += (
            "If it was not, open the link below: it ends every session and lets you choose a new password.",
        )
    return Letter(subject, paragraphs, closing=closing, others=others)
