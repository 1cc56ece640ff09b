"""Refusals about second factors."""

from __future__ import annotations

from webapp.core.errors import Conflict, NotFound, Problem


class FactorRefused(Problem):
    """A code that is wrong, used already, too old, or not taken from strangers any more."""

    code = "invalid_code"
    status = 401
    keeps_changes = True
    message = "That code is wrong or was used already. Enter the one shown now, or a recovery code."


class FactorNotFound(NotFound):
    """No factor of this person by that id, confirmed or being set up as the act needs it."""

    code = "factor_not_found"
    message = "There is no such second factor here, or it was removed already."


class EnrolmentExpired(Problem):
    """An app that was not confirmed within the hour."""

    code = "enrolment_expired"
    status = 410
    message = "This was begun too long ago. Begin again, and scan the new code."


class TooManyFactors(Conflict):
    """As many of a kind as one account can have; the message says how many."""

    code = "too_many_factors"
    message = "There are as many of these as an account can have. Remove one first."


class LastRequiredFactor(Conflict):
    """The act would leave no administrator with the factor that REQUIRE_MFA_FOR asks of them."""

    code = "last_required_factor"
    message = (
        "No other administrator has the second factor that is required here. Add another factor first, "
        "then remove this one."
    )


class NoSecondFactor(Conflict):
    """Recovery codes stand in for a factor; without one there is nothing to recover."""

    code = "no_second_factor"
    message = "Recovery codes come with a second factor. Set one up first."
