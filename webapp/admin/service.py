"""What administrators do to accounts; each act ends the sessions it has to, in the same unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.core.errors import Problem
from webapp.keys import rotation
from webapp.recovery import flow as recovery
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webapp.accounts.models import Account
    from webapp.keys.models import SigningKey


class OwnAccount(Problem):
    """Nobody takes the branch they sit on."""

    code = "own_account"
    status = 409
    message = "This is your own account. Ask another administrator to do this."


class OwnSession(Problem):
    """Nobody is thrown out of the page they stand on."""

    code = "own_session"
    status = 409
    message = "This is the session you are using now. Sign out to end it."


def lock_account(
    account_id: str,
    reason: str,
    *,
    actor_id: str | None,
    until: datetime | None = None,
    version: str | None = None,
) -> Account:
    """Lock, for good or until then, and end every session. `version` of the form, where there was one.

    Raises Conflict, OwnAccount, LastAdministrator, InvalidInput.
    """
    account = accounts.hold_account(account_id)
    if account.id == actor_id:
        raise OwnAccount
    if version is not None:
        accounts.require_version(account, version)
    accounts.lock(account, reason, actor_id=actor_id, until=until)
    sessions.end_all_sessions(account.id, EndCause.ACCOUNT_LOCKED, actor_id=actor_id)
    return account


def change_lock(
    account_id: str, reason: str, *, actor_id: str, until: datetime | None, version: str | None
) -> Account:
    """Give a lock another reason and end, if the account still is at this version: it is never open in between.

    Raises Conflict, InvalidInput.
    """
    account = accounts.hold_account(account_id)
    accounts.require_version(account, version)
    accounts.change_lock(account, reason, actor_id=actor_id, until=until)
    return account


def unlock_account(account_id: str, *, actor_id: str | None) -> Account:
    """Open the account again."""
    account = accounts.hold_account(account_id)
    accounts.unlock(account, actor_id=actor_id)
    return account


def end_sessions(account_id: str, *, actor_id: str | None, besides: str | None = None) -> int:
    """Sign the account out everywhere; the number of sessions ended."""
    account = accounts.hold_account(account_id)
    return sessions.end_all_sessions(account.id, EndCause.ADMINISTRATOR, actor_id=actor_id, besides=besides)


def end_session(account_id: str, session_id: str, *, actor_id: str, current_id: str) -> bool:
    """Sign the account out on one device; False when that was so already. Raises OwnSession, SessionNotFound."""
    account = accounts.hold_account(account_id)
    if session_id == current_id:
        raise OwnSession
    if not sessions.has_session(account, session_id):
        raise SessionNotFound
    return sessions.end_session(session_id, account.id, EndCause.ADMINISTRATOR, actor_id=actor_id)


def rename_account(account_id: str, display_name: str, *, actor_id: str, version: str | None) -> Account:
    """Change the name shown, if the account still is at this version. Raises Conflict, InvalidInput."""
    account = accounts.hold_account(account_id)
    accounts.require_version(account, version)
    accounts.rename(account, display_name, actor_id=actor_id)
    return account


def change_roles(account_id: str, roles: Iterable[str], *, actor_id: str, version: str | None) -> Account:
    """Hold exactly these roles from the next request on, if the account still is at this version.

    Raises Conflict, OwnAccount, LastAdministrator, InvalidInput.
    """
    account = accounts.hold_account(account_id)
    accounts.require_version(account, version)
    wanted = set(roles)
    if (
        account.id == actor_id
        and accounts.ADMINISTRATOR in account.role_names
        and accounts.ADMINISTRATOR not in wanted
    ):
        accounts.require_another_administrator(account)
        raise OwnAccount("You cannot take your own administration away. Ask another administrator to do it.")
    accounts.change_roles(account, wanted, actor_id=actor_id)
    return account


def verify_address(account_id: str, *, actor_id: str) -> Account:
    """Take the address as proven. Raises AddressTaken, InvalidInput."""
    account = accounts.hold_account(account_id)
    accounts.mark_address_verified(account, actor_id=actor_id)
    return account


def revoke_signing_key(
    kid: str, *, with_sessions: bool, actor_id: str | None
) -> tuple[SigningKey | None, int]:
    """Refuse every token of this key, and end every session where that is asked for.

    The key that signs in its place, if it was the current one, and the number of sessions ended.
    Raises SigningKeyNotFound, SigningKeyOver, SealBroken.
    """
    successor = rotation.revoke(kid, actor_id=actor_id)
    if not with_sessions:
        return successor, 0
    return successor, sessions.end_every_session(EndCause.SIGNING_KEY_REVOKED, actor_id=actor_id)


def make_reset_link(account_id: str, *, actor_id: str | None) -> tuple[Account, str]:
    """The account and the token of a link with which its owner chooses a new password."""
    account = accounts.hold_account(account_id)
    return account, recovery.make_reset_link(account, actor_id=actor_id)
