"""Refusals about joining."""

from __future__ import annotations

from webapp.core.errors import Problem, Unavailable


class SetupRequired(Unavailable):
    """Nobody administers this installation yet."""

    code = "setup_required"
    message = (
        "This installation has no administrator yet. Open the set-up link it printed when it started, "
        "or make an administrator with its command create-admin."
    )


class RegistrationClosed(Problem):
    """Accounts are made by administrators, or by those whom they invite."""

    code = "registration_closed"
    status = 403
    message = "Registration is closed here. Ask an administrator for an account."


class SetupDone(Problem):
    """There is an administrator already."""

    code = "setup_done"
    status = 410
    message = "This installation is set up. Sign in instead."


class NothingToVerify(Problem):
    """No address of the account waits for its verification."""

    code = "nothing_to_verify"
    status = 409
    message = "There is no address that waits to be verified."


class MailOff(Problem):
    """No mail is sent here, so a link can come from an administrator only."""

    code = "mail_off"
    status = 409
    message = "This service sends no mail. Ask an administrator for a link that verifies your address."
