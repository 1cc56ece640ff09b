"""What may be answered when a passkey cannot be used or added. None of these repeats what the browser sent."""

from __future__ import annotations

from webapp.core.errors import Conflict, Problem


class Unverified(Exception):
    """What was sent is no answer of a passkey that verifies. It is for the caller to say what follows."""


class PasskeyRefused(Problem):
    """A passkey's answer that does not verify, or that nobody asked for. Its challenge is spent all the same."""

    code = "passkey_refused"
    status = 403
    keeps_changes = True
    message = "That passkey could not be checked. Try again, or go on another way."


class PasskeyNotAdded(Problem):
    """What the browser made cannot be kept as a passkey. Its challenge is spent all the same."""

    code = "passkey_not_added"
    status = 422
    keeps_changes = True
    message = "The passkey could not be added. Begin again, and let your device check that it is you."


class PasskeyAddedAlready(Conflict):
    """A credential belongs to one account, once."""

    code = "passkey_added_already"
    keeps_changes = True
    message = "This passkey is registered already. Use it, or add another one."
