"""What may happen to an account. Callers end sessions where an act calls for it, in the same unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import address_store, store
from webapp.accounts.errors import AccountNotFound, AddressTaken, LastAdministrator, UsernameTaken
from webapp.accounts.locks import check_terms, terms_of
from webapp.accounts.models import Account, EmailAddress, Role
from webapp.accounts.names import Address, identifier_key, require_display_name, username_key
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.infra.audit import record_event
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webapp.accounts.password_hashing import PasswordHash

ADMINISTRATOR = "administrator"
USER = "user"


def get_account(account_id: str) -> Account:
    """The account. Raises AccountNotFound."""
    account = store.find_account(account_id)
    if account is None:
        raise AccountNotFound
    return account


def hold_account(account_id: str) -> Account:
    """The account, for a change: until the unit ends nobody else changes it. Raises AccountNotFound."""
    # Always in this order, so that no two changes wait for each other.
    store.hold_administrators()
    store.hold_account(account_id)
    return get_account(account_id)


def find_by_identifier(identifier: str) -> Account | None:
    """Whoever signs in under this username or address."""
    key = identifier_key(identifier)
    return store.find_by_address_key(key) if "@" in key else store.find_by_username_key(key)


def require_version(account: Account, version: str | None) -> None:
    """Raises Conflict when the form was made from another state of the account than the present one."""
    if version != str(account.version):
        raise Conflict


def require_free_username(username: str) -> None:
    """Raises UsernameTaken. The unique constraint decides between two at once."""
    if store.find_by_username_key(username_key(username)):
        raise UsernameTaken(fields={"username": "That username is taken. Choose another."})


def create_account(
    username: str,
    address: Address,
    password: PasswordHash,
    *,
    roles: Iterable[str] = (USER,),
    verified: bool = False,
) -> Account:
    """A new account from values already checked. Raises UsernameTaken."""
    require_free_username(username)
    moment = clock.now()
    account = Account(
        id=new_id(),
        username=username,
        username_key=username_key(username),
        display_name=username,
        created_at=moment,
        failures_in_a_row=0,
        version=1,
    )
    account.roles = [_role(name) for name in sorted(set(roles))]
    account.emails = [
        EmailAddress(id=new_id(), address=address.written, address_key=address.key, created_at=moment)
    ]
    set_password(account, password)
    db.session.add(account)
    if verified:
        mark_address_verified(account)
    record_event(EventName.ACCOUNT_CREATED, account_id=account.id, detail={"roles": sorted(set(roles))})
    return account


def set_password(account: Account, password: PasswordHash, *, chosen: bool = True) -> None:
    """Store a hash; `chosen` is False when the same password was merely hashed anew."""
    account.password_hash = password.value
    account.password_scheme = password.scheme
    account.pepper_version = password.pepper_version
    if chosen:
        account.password_changed_at = clock.now()
        account.password_voided_at = None
        account.failures_in_a_row = 0


def rename(account: Account, display_name: str, *, actor_id: str) -> None:
    """Change the name shown. Raises InvalidInput."""
    name = require_display_name(display_name)
    if name == account.display_name:
        return
    before, account.display_name = account.display_name, name
    account.version += 1
    _record(EventName.ACCOUNT_RENAMED, account, actor_id, {"before": before, "after": name})


def change_roles(account: Account, names: Iterable[str], *, actor_id: str) -> None:
    """Hold exactly these roles. Raises LastAdministrator, InvalidInput for an unknown role."""
    wanted = sorted(set(names))
    before = account.role_names
    if wanted == before:
        return
    roles = [_role(name) for name in wanted]
    if ADMINISTRATOR in before and ADMINISTRATOR not in wanted:
        require_another_administrator(account)
    account.roles = roles
    account.version += 1
    _record(EventName.ROLES_CHANGED, account, actor_id, {"before": before, "after": wanted})


def mark_address_verified(account: Account, *, actor_id: str | None = None) -> None:
    """The address is theirs; other claims to it are void. Raises AddressTaken."""
    email = account.email
    if email is None:
        raise InvalidInput("This account has no email address to verify.")
    if email.verified_at:
        return
    # Of two claims verified at once, the second finds itself dropped by the first.
    is_standing = email in store.hold_claims(email.address_key)
    if not is_standing or address_store.find_owner(email.address_key, clock.now(), besides=account.id):
        raise AddressTaken
    store.drop_other_claims(email.address_key, account.id)
    email.verified_at = clock.now()
    if actor_id is not None:
        account.version += 1
        _record(EventName.ADDRESS_VERIFIED, account, actor_id, {"address": email.address})


def lock(account: Account, reason: str, *, actor_id: str | None, until: datetime | None = None) -> bool:
    """Shut the account, for good or until maintenance opens it again; False when it already was.

    Raises LastAdministrator, InvalidInput.
    """
    words = check_terms(reason, until)
    if account.is_locked:
        return False
    if ADMINISTRATOR in account.role_names:
        require_another_administrator(account)
    account.locked_at, account.locked_until, account.lock_reason = clock.now(), until, words
    account.version += 1
    _record(EventName.ACCOUNT_LOCKED, account, actor_id, terms_of(account))
    return True


def change_lock(
    account: Account, reason: str, *, actor_id: str | None, until: datetime | None = None
) -> bool:
    """Give a lock another reason and end, while it holds; False for what it has already, and without a lock.

    Raises InvalidInput.
    """
    words = check_terms(reason, until)
    if not account.is_locked or (account.lock_reason, account.locked_until) == (words, until):
        return False
    before = terms_of(account)
    account.locked_until, account.lock_reason = until, words
    account.version += 1
    after = terms_of(account)
    _record(EventName.ACCOUNT_LOCKED, account, actor_id, {**after, "before": before, "after": after})
    return True


def unlock(account: Account, *, actor_id: str | None) -> bool:
    """Open the account again; False when it was open."""
    if not account.is_locked:
        return False
    reason = account.lock_reason
    account.locked_at = account.locked_until = account.lock_reason = None
    account.failures_in_a_row = 0
    account.version += 1
    _record(EventName.ACCOUNT_UNLOCKED, account, actor_id, {"reason": reason})
    return True


def require_another_administrator(account: Account) -> None:
    """Raises LastAdministrator unless someone else could administer, who is not about to be deleted.

    Held until the unit ends, against two at once.
    """
    store.hold_administrators()
    if store.count_usable_administrators(besides=account.id, staying=True) == 0:
        raise LastAdministrator


def has_other_administrator_with_factor(account: Account) -> bool:
    """Whether somebody else administers whom REQUIRE_MFA_FOR does not hold back. Held until the unit ends."""
    store.hold_administrators()
    required_for = current_settings().require_mfa_for
    return store.count_administrators_with_factor(besides=account.id, required_for=required_for) > 0


def has_administrator() -> bool:
    """Whether anyone administers this installation yet."""
    return store.count_usable_administrators() > 0


def has_more_than(number: int) -> bool:
    """Whether there are more accounts than so many, which should be few: they are counted off."""
    return store.has_more_than(number)


def is_last_administrator(account: Account) -> bool:
    """Whether nobody else could administer. For showing; `require_another_administrator` decides."""
    if ADMINISTRATOR not in account.role_names:
        return False
    return store.count_usable_administrators(besides=account.id, staying=True) == 0


def list_role_names() -> list[str]:
    """All roles by name."""
    return [role.name for role in store.list_roles()]


def role_notes() -> dict[str, str]:
    """What each role is for."""
    return {role.name: role.description for role in store.list_roles()}


def _role(name: str) -> Role:
    role = store.find_role(name)
    if role is None:
        raise InvalidInput(fields={"roles": f"There is no role named {name[:40]}."})
    return role


def _record(name: EventName, account: Account, actor_id: str | None, detail: dict[str, object]) -> None:
    record_event(name, account_id=account.id, actor_id=actor_id, detail=detail)
