"""Refusals about accounts."""

from __future__ import annotations

from webapp.core.errors import Conflict, InvalidInput, NotFound, Problem


class AccountNotFound(NotFound):
    """No account by that id or name."""

    code = "account_not_found"
    message = "There is no such account."


class UsernameTaken(InvalidInput):
    """Names are public, so this may be said aloud."""

    code = "username_taken"
    message = "That username is taken."


class AddressTaken(Conflict):
    """Somebody else has verified this address. Said to administrators only."""

    code = "address_taken"
    message = "Another account has verified this address."


class LastAdministrator(Problem):
    """The act would leave nobody who can administer."""

    code = "last_administrator"
    status = 409
    message = "This is the last administrator who can sign in. Make another one first."


class AccountLocked(Problem):
    """Told to the rightful owner only, after the right password."""

    code = "account_locked"
    status = 403
    keeps_changes = True
    message = "This account is locked. Ask an administrator to unlock it."


class AddressUnverified(Problem):
    """Told after the right password, where the installation asks for verified addresses."""

    code = "address_unverified"
    status = 403
    keeps_changes = True
    message = (
        "Your email address is not verified yet. Open the link in the letter that was sent to it; "
        "without one, ask an administrator."
    )

    # Whose it is, for who sends the letter again; not part of the answer.
    account_id: str | None = None


class RoleNotFound(NotFound):
    """No role of that name."""

    code = "role_not_found"
    message = "There is no such role."


class RoleTaken(InvalidInput):
    """Names of roles are their keys."""

    code = "role_taken"
    message = "There is a role of that name."


class RoleBuiltIn(Problem):
    """What this application itself rests on stays as it is."""

    code = "role_built_in"
    status = 409
    message = "This role is built in. It can be neither renamed nor removed, and keeps what it grants here."


class RoleRequiresFactor(Problem):
    """Without the role, its name in REQUIRE_MFA_FOR would protect nobody."""

    code = "role_requires_factor"
    status = 409
    message = "REQUIRE_MFA_FOR names this role. Take it out of that setting first."


class RoleHeldByMany(Problem):
    """Taking it from so many is a job, and no single statement."""

    code = "role_held_by_many"
    status = 409
    message = "More than 10,000 accounts hold this role. Take it from them first, on the list of accounts."
