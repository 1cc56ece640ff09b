"""The one refusal of signing in."""

from __future__ import annotations

from webapp.core.errors import Problem


class InvalidCredentials(Problem):
    """Unknown name, wrong password, no password yet: one answer for all, in words and in time."""

    code = "invalid_credentials"
    status = 401
    keeps_changes = True
    message = "That name and password do not match an account."
