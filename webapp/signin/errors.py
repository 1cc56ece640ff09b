"""Refusals of signing in and of proving oneself again."""

from __future__ import annotations

from webapp.core.errors import NotFound, Problem


class InvalidCredentials(Problem):
    """Unknown name, wrong password, no password yet: one answer for all, in words and in time."""

    code = "invalid_credentials"
    status = 401
    keeps_changes = True
    message = "That name and password do not match an account."


class PasswordVoided(Problem):
    """Told after the right password or passkey: the account was secured, or an administrator asked for a new password,
    and nothing opens it before there is one.
    """

    code = "password_voided"
    status = 403
    keeps_changes = True
    message = "The password of this account was set aside. Ask for a reset link and choose another one."


class PasskeySetAside(Problem):
    """Told after the right passkey: it is older than the securing of its account, by whoever was in it at the time."""

    code = "passkey_set_aside"
    status = 403
    keeps_changes = True
    message = (
        "This passkey was there when the account was secured, so it no longer signs in alone. "
        "Sign in with your password, then remove it and add it again."
    )


class MfaRequired(Problem):
    """The password is right and a second factor is due; `extra` has what the caller goes on with."""

    code = "mfa_required"
    status = 401
    keeps_changes = True
    message = "Your password is right. Give the code of your second factor to finish signing in."


class SecondStepOver(Problem):
    """The sign-in that waited is unknown, too old, finished or another browser's, or its password was changed since."""

    code = "second_step_over"
    status = 401
    message = "This sign-in was not finished in time, or was begun elsewhere. Sign in again."


class SecondFactorNeeded(Problem):
    """A proof by password alone, from somebody who has a second factor."""

    code = "second_factor_needed"
    status = 403
    message = "Give the code of your second factor as well."


class DeviceNotFound(NotFound):
    """No known device of this person by that id."""

    code = "device_not_found"
    message = "There is no such device, or it was forgotten already."
