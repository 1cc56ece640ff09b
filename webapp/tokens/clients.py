"""Clients: programs that may ask about the tokens of one audience, known by a secret of which a digest is kept."""

from __future__ import annotations

import hmac

from webapp.core import clock
from webapp.core.opaque import digest_of, new_id, new_opaque_token
from webapp.tokens import client_store
from webapp.tokens.errors import InvalidClient
from webapp.tokens.models import Client

# Compared when there is no such client, so that an unknown id and a wrong secret take the same way.
_NOBODY = bytes(32)


def make_client(name: str, audience: str) -> tuple[Client, str]:
    """A new client and its secret, which is shown now and never again."""
    secret = new_opaque_token()
    client = Client(
        id=new_id(),
        name=name,
        audience=audience,
        secret_digest=digest_of(secret),
        created_at=clock.now(),
    )
    client_store.add(client)
    return client, secret


def authenticate_client(client_id: str, secret: str) -> Client:
    """The client these credentials belong to. Raises InvalidClient, whichever of them is wrong.

    The secret has 256 random bits, so a plain digest is as good as a slow one, and guessing is hopeless.
    """
    client = client_store.find_client(client_id)
    fits = hmac.compare_digest(client.secret_digest if client else _NOBODY, digest_of(secret))
    if client is None or not fits or client.revoked_at is not None:
        raise InvalidClient
    return client
