"""Reset links: sent to a verified address or made by an administrator, opened as often as one likes, spent once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts import address_store
from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.address_store import Owner
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.names import identifier_key
from webapp.accounts.passwords import hash_new_password
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing, db
from webapp.infra.links import LinkUnusable, get_link, make_link, revoke_links, spend_link
from webapp.infra.outbox import queue_letter
from webapp.recovery import store
from webapp.recovery.fresh_password import require_other_password
from webapp.recovery.mails import reset_letter, tell_of_reset
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.infra.links import Link

RESET_LIFETIME: Final = timedelta(hours=24)
# Asked for by whoever knows a name: long enough to fetch the mail.
MAILED_LIFETIME: Final = timedelta(hours=1)
BETWEEN_LETTERS: Final = timedelta(minutes=5)
# Whoever knows a name must not be able to fill its owner's mailbox: after so many in 24 hours, a letter comes when the
# link in the one before has expired. So its owner always has one that works, whoever asked for it.
MANY_LETTERS: Final = 5
_DAY: Final = timedelta(hours=24)
_NOBODY: Final = Owner("", "nobody", "nobody@example.org")


def request_reset(identifier: str) -> None:
    """Send a reset link to the verified address of the account of that name, unless one was sent minutes ago, or there
    were many in a day and the last one still works; that is recorded once a day.

    Says nothing about the account, not even by its time: where no letter is due, the same statements are made for
    nobody and undone. Call it only where mail is sent.
    """
    found = address_store.find_reachable(identifier_key(identifier))
    begin_writing()
    # Of two requests at once the second sees the letter of the first.
    account_store.hold_account((found or _NOBODY).account_id)
    lately = store.reset_links_since((found or _NOBODY).account_id, clock.now() - _DAY)
    age = clock.now() - lately.last if lately.last else _DAY
    is_wanted = found is not None and age >= BETWEEN_LETTERS
    is_due = is_wanted and (lately.number < MANY_LETTERS or age >= MAILED_LIFETIME)
    event = EventName.RESET_LINK_MADE if is_due else None
    if is_wanted and not is_due and not lately.is_withheld:
        event = EventName.RESET_LINK_WITHHELD
    with db.session.begin_nested() as attempt:
        _record(found, event)
        if event is None:
            attempt.rollback()
    with db.session.begin_nested() as attempt:
        _queue_reset(found if is_due else None)
        if not is_due:
            attempt.rollback()


def _record(owner: Owner | None, name: EventName | None) -> None:
    """The event, or where there is none a row of the same work, to be undone."""
    if owner is not None and name is not None:
        record_event(name, account_id=owner.account_id, detail={"mailed": name is EventName.RESET_LINK_MADE})
    else:
        make_link("password_reset", None, MAILED_LIFETIME, replaces=False)
    db.session.flush()


def _queue_reset(owner: Owner | None) -> None:
    account_id = owner.account_id if owner else None
    # Earlier links stay good: else whoever asks again and again would keep the owner from ever using one.
    token = make_link("password_reset", account_id, MAILED_LIFETIME, replaces=False)
    db.session.flush()
    reader = owner or _NOBODY
    queue_letter(
        "password_reset", reader.address, reset_letter(reader.username, token), account_id=account_id
    )


def make_reset_link(
    account: Account,
    *,
    actor_id: str | None,
    lifetime: timedelta = RESET_LIFETIME,
    is_mailed: bool = False,
) -> str:
    """The token of a reset link, to be shown once or `is_mailed`. Earlier links for the account stop working.

    One that is shown works for as long as whoever made it may make one; a mailed one reaches nobody but its owner.
    """
    maker = None if is_mailed or actor_id is None else {"maker": actor_id}
    token = make_link("password_reset", account.id, lifetime, detail=maker)
    detail = {"mailed": True} if is_mailed else None
    record_event(EventName.RESET_LINK_MADE, account_id=account.id, actor_id=actor_id, detail=detail)
    return token


def get_account_for_reset(token: str) -> Account:
    """Whose password the link changes. Spends nothing. Raises LinkUnusable."""
    link = _get_good(token)
    if link.account_id is None:
        raise LinkUnusable(reason="unknown")
    return accounts.get_account(link.account_id)


def find_way_on(token: str) -> str | None:
    """Where the person goes once they have signed in with the new password, if the link was made in such a place."""
    way_on = get_link("password_reset", token).detail.get("next")
    return str(way_on) if way_on else None


def reset_password(token: str, password: str) -> Account:
    """Choose a new password; every session and every other reset link ends. Raises LinkUnusable, InvalidInput.

    A lock stays, and so does the second factor: the link proves who somebody is, not that they are welcome again, and
    a mailbox alone opens no account that has a second step, nor gives it more guesses at the codes of one.
    """
    account = get_account_for_reset(token)
    if account.password_voided_at is not None:
        require_other_password(account, password)
    email = account.email.address_key if account.email else ""
    hashed = hash_new_password(password, username=account.username, address=email)
    begin_writing()
    # The account first, in the order of whoever voids its links: neither waits for the other.
    account = accounts.hold_account(account.id)
    spend_link(_get_good(token))
    accounts.set_password(account, hashed)
    revoke_links("password_reset", account.id)
    record_event(EventName.PASSWORD_RESET, account_id=account.id)
    sessions.end_all_sessions(account.id, EndCause.PASSWORD_CHANGED)
    tell_of_reset(account)
    return account


def _get_good(token: str) -> Link:
    """Raises LinkUnusable (`reason` also withdrawn)."""
    link = get_link("password_reset", token)
    maker_id = link.detail.get("maker")
    if maker_id is None:
        return link
    # Whoever was shown it may have kept it: what they may do no more, it does no more.
    try:
        maker = accounts.get_account(str(maker_id))
    except AccountNotFound:
        raise LinkUnusable(reason="withdrawn") from None
    granted = {each.scope for role in maker.roles for each in role.scopes}
    if maker.is_shut or "admin:write" not in granted:
        raise LinkUnusable(reason="withdrawn")
    if maker.secured_at is not None and link.created_at <= maker.secured_at:
        raise LinkUnusable(reason="withdrawn")
    return link


def sends_reset_links() -> bool:
    """Whether a person can have a link sent; otherwise an administrator makes it."""
    return current_settings().sends_mail
