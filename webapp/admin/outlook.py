"""Whether somebody could sign in at this moment, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.factors.service import Factors, list_factors
from webapp.signin.flow import MOST_FAILURES_IN_A_ROW, has_room

if TYPE_CHECKING:
    from webapp.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Outlook:
    """`obstacles` keep everybody out who would be let in; `notes` say what else they will meet."""

    sentence: str
    obstacles: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether they could sign in."""
        return not self.obstacles


def outlook_of(account: Account) -> Outlook:
    """Could they sign in now? Asks nobody: it reads what signing in would read."""
    factors = list_factors(account.id)
    obstacles = tuple(_obstacles(account, factors))
    if obstacles:
        return Outlook("They cannot sign in now", obstacles, ())
    return Outlook(f"They can sign in now, {_way(account, factors)}", (), tuple(_notes(account)))


def _obstacles(account: Account, factors: Factors) -> list[str]:
    found = []
    if account.deletion_actor_id is not None:
        found.append("The account is to be deleted. Restoring it lets them in again.")
    if account.locked_at is not None:
        reason = account.lock_reason or "No reason was given"
        end = account.locked_until
        until = f"until {end.day} {end:%b %Y, %H:%M} UTC" if end else "until somebody unlocks it"
        found.append(f"The account is locked {until}. The reason given: {reason}")
    if account.password_voided_at is not None:
        found.append("The password is void. They choose another by a reset link.")
    elif account.password_hash is None and not factors.passkeys:
        found.append("No password was chosen yet. They choose one by a reset link.")
    if current_settings().require_verified_email and not account.is_verified:
        found.append("No address is verified, and this service asks for one.")
    return found


def _way(account: Account, factors: Factors) -> str:
    passkeys = [
        each
        for each in factors.passkeys
        if account.secured_at is None or each.created_at > account.secured_at
    ]
    words = "with their password" if account.second_factor_since is None else "with password and second step"
    return f"{words} or with a passkey alone" if passkeys else words


def _notes(account: Account) -> list[str]:
    found = []
    if account.failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
        found.append(
            f"{account.failures_in_a_row} wrong passwords came in a row: only a device that has signed in before "
            "may try."
        )
    names = [account.username, *(each.address for each in account.emails if each.verified_at)]
    if not all(has_room(each) for each in names):
        found.append("Sign-in was tried so often just now that a new device has to wait some minutes.")
    if not account.is_verified:
        found.append("No address is verified: until one is, only their own profile is open to them.")
    elif account.lacks_required_factor:
        found.append(
            "A role of theirs asks for a second step: until they set one up, only their own profile is open to them."
        )
    if account.deletion_due_at is not None:
        found.append("They asked for the account to be deleted: signing in lets them keep it.")
    return found
