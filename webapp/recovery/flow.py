"""Reset links: made by an administrator or at the console, opened as often as one likes, spent once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.accounts.passwords import hash_new_password
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.links import LinkUnusable, get_link, make_link, spend_link
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from webapp.accounts.models import Account

RESET_LIFETIME = timedelta(hours=24)


def make_reset_link(account: Account, *, actor_id: str | None) -> str:
    """The token of a reset link, to be shown once. Earlier links for the account stop working."""
    token = make_link("password_reset", account.id, RESET_LIFETIME)
    record_event(EventName.RESET_LINK_MADE, account_id=account.id, actor_id=actor_id)
    return token


def get_account_for_reset(token: str) -> Account:
    """Whose password the link changes. Spends nothing. Raises LinkUnusable."""
    link = get_link("password_reset", token)
    if link.account_id is None:
        raise LinkUnusable(reason="unknown")
    return accounts.get_account(link.account_id)


def reset_password(token: str, password: str) -> Account:
    """Choose a new password; every session ends, and the person signs in with it. Raises LinkUnusable, InvalidInput.

    A lock stays: the link proves who somebody is, not that they are welcome again.
    """
    account = get_account_for_reset(token)
    email = account.email.address_key if account.email else ""
    hashed = hash_new_password(password, username=account.username, address=email)
    begin_writing()
    spend_link(get_link("password_reset", token))
    account = accounts.get_account(account.id)
    accounts.set_password(account, hashed)
    record_event(EventName.PASSWORD_RESET, account_id=account.id)
    sessions.end_all_sessions(account.id, EndCause.PASSWORD_CHANGED)
    return account
