"""Why another service was not reached, or did not answer as it should."""

from __future__ import annotations

from webapp.core.errors import Problem


class AddressRefused(Problem):
    """The name leads to an address that must not be reached from here. Says nothing of which one that is."""

    code = "address_refused"
    status = 502
    message = "The address of the service is not one that may be reached from here."


class UpstreamUnreachable(Problem):
    """No such name, nobody listens, or the certificate is not to be trusted."""

    code = "upstream_unreachable"
    status = 502
    message = "The service cannot be reached."


class UpstreamBroken(Problem):
    """It answered with something that is no HTTP, or ended in the middle."""

    code = "upstream_broken"
    status = 502
    message = "The service did not answer as it should."


class UpstreamSlow(Problem):
    """It took too long to be reached, to take the request, to begin its answer, or to go on with it."""

    code = "upstream_slow"
    status = 504
    message = "The service took too long."


class ExchangeCut(Exception):
    """Another thread ended the exchange, and knows why. No Problem: whoever cut it says what the caller is told."""
