"""What may be answered when a password cannot be accepted or checked. None of these carries the password."""

from __future__ import annotations

from typing import Self

from webapp.core.errors import Problem


class UnacceptablePassword(Problem):
    """A new password breaks a rule; `fields["password"]` says in one sentence what to do instead."""

    code = "unacceptable_password"
    status = 422
    message = "This password cannot be used."

    @classmethod
    def because(cls, sentence: str) -> Self:
        return cls(fields={"password": sentence})


class PasswordWorkBusy(Problem):
    """Every waiting place for password work is taken. The attempt was not made and must not be counted."""

    code = "busy"
    status = 503
    message = "Many people are signing in just now. Try again in a moment."


class PasswordPepperMissing(Problem):
    """A stored hash was made under a pepper that is no longer configured, so nobody can be checked against it."""

    code = "password_pepper_missing"
    status = 503
    message = "Passwords cannot be checked just now. The administrator finds the reason in the log."
