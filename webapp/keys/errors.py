"""What can be wrong with the signing keys."""

from __future__ import annotations

from webapp.core.errors import NotFound, Problem, Unavailable


class NoSigningKey(Unavailable):
    """No key can sign: the database has none yet, or has not been read for too long."""

    code = "no_signing_key"
    message = "No signing key is ready. Try again in a moment."


class SigningKeyNotFound(NotFound):
    """No key has that kid."""

    code = "signing_key_not_found"
    message = "There is no signing key with that kid."


class SigningKeyOver(Problem):
    """The key verifies nothing any more, so there is nothing to revoke."""

    code = "signing_key_over"
    status = 409
    message = "This key is retired or revoked already: no token verifies with it."
