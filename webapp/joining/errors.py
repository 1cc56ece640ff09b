"""Refusals about joining."""

from __future__ import annotations

from webapp.core.errors import Problem, Unavailable


class SetupRequired(Unavailable):
    """Nobody administers this installation yet."""

    code = "setup_required"
    message = (
        "This installation has no administrator yet. Open the set-up link it printed when it started, "
        "or run: .venv/bin/flask --app wsgi create-admin"
    )


class RegistrationClosed(Problem):
    """Accounts are made by administrators only."""

    code = "registration_closed"
    status = 403
    message = "Registration is closed here. Ask an administrator for an account."


class SetupDone(Problem):
    """There is an administrator already."""

    code = "setup_done"
    status = 410
    message = "This installation is set up. Sign in instead."
