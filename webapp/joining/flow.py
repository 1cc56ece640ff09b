"""Set-up and registration, behind page, API and command alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.addresses import pending_claim
from webapp.accounts.errors import UsernameTaken
from webapp.accounts.names import Address, require_address, require_username
from webapp.accounts.passwords import hash_new_password
from webapp.config import current_settings
from webapp.core.errors import InvalidInput
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing, db
from webapp.infra.links import get_link, make_link, spend_link
from webapp.joining.errors import RegistrationClosed, SetupDone, SetupRequired
from webapp.joining.verification import has_room_for_letter, send_verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from webapp.accounts.models import Account

SETUP_LIFETIME = timedelta(hours=24)


def make_setup_link() -> str | None:
    """The token of a fresh set-up link, or None once somebody administers. Earlier ones stop working."""
    if accounts.has_administrator():
        return None
    token = make_link("setup", None, SETUP_LIFETIME)
    record_event(EventName.SETUP_LINK_MADE)
    return token


def require_setup_open(token: str) -> None:
    """Raises SetupDone, LinkUnusable. Spends nothing."""
    if accounts.has_administrator():
        raise SetupDone
    get_link("setup", token)


def set_up(token: str, username: str, email: str, password: str) -> Account:
    """The first administrator, with a verified address. Raises SetupDone, LinkUnusable, InvalidInput."""
    require_setup_open(token)

    def spend() -> None:
        account_store.hold_administrators()
        if accounts.has_administrator():
            raise SetupDone
        spend_link(get_link("setup", token))

    roles = (accounts.USER, accounts.ADMINISTRATOR)
    return create_person(username, email, password, roles=roles, is_verified=True, spend=spend)


def create_administrator(username: str, email: str, password: str) -> Account:
    """An administrator made at the console, at any time: the way back in. Raises InvalidInput."""
    roles = (accounts.USER, accounts.ADMINISTRATOR)
    return create_person(username, email, password, roles=roles, is_verified=True)


def require_registration_open() -> None:
    """Raises SetupRequired, RegistrationClosed."""
    if not accounts.has_administrator():
        raise SetupRequired(retry_after=60)
    registration = current_settings().registration
    if registration == "invite":
        raise RegistrationClosed(
            "Registration is by invitation here. Open the link of yours, or ask an administrator."
        )
    if registration != "open":
        raise RegistrationClosed


def register(username: str, email: str, password: str) -> Account:
    """A new account with an address that is claimed, not verified; a letter goes there.

    Answer and work are the same whether or not somebody else owns the address: a claim reserves nothing, and only a
    proof of receipt can make it theirs. Raises SetupRequired, RegistrationClosed, UsernameTaken, InvalidInput.
    """
    require_registration_open()
    name, address = _check(username, email)
    accounts.require_free_username(name)
    # Counted before anything is written: the count may be kept elsewhere, and the lock is not held for that.
    may_write = has_room_for_letter(address.key) if current_settings().sends_mail else False
    account = create_person(name, email, password, roles=(accounts.USER,), is_verified=False)
    claim = pending_claim(account)
    if claim is not None and may_write:
        send_verification(account, claim, is_new=True)
    return account


def create_person(
    username: str,
    email: str,
    password: str,
    *,
    roles: Iterable[str],
    is_verified: bool,
    spend: Callable[[], object] | None = None,
) -> Account:
    """A new account, for whoever may make one by the caller's rules; `spend` uses up what let them, in the same unit.

    Raises InvalidInput, UsernameTaken, UnacceptablePassword, PasswordWorkBusy, AddressTaken when `is_verified`.
    """
    name, address = _check(username, email)
    accounts.require_free_username(name)
    hashed = hash_new_password(password, username=name, address=address.key)
    begin_writing()
    if spend is not None:
        spend()
    try:
        account = accounts.create_account(name, address, hashed, roles=roles, verified=is_verified)
        db.session.flush()
    except IntegrityError:
        # Two people chose one name in the same moment; the constraint let one of them have it.
        raise UsernameTaken(fields={"username": "That username is taken. Choose another."}) from None
    return account


def _check(username: str, email: str) -> tuple[str, Address]:
    """Both values, or all complaints at once."""
    fields: dict[str, str] = {}
    name, address = "", Address("", "")
    try:
        name = require_username(username)
    except InvalidInput as problem:
        fields |= problem.fields or {}
    try:
        address = require_address(email)
    except InvalidInput as problem:
        fields |= problem.fields or {}
    if fields:
        raise InvalidInput(fields=fields)
    return name, address
