"""The registered client behind a call, by HTTP Basic (RFC 6749, section 2.3.1)."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from flask import after_this_request, request

from webapp.config import current_settings
from webapp.core.parts import part
from webapp.infra.database import DatabaseAway, unit_of_work
from webapp.infra.throttle import Throttle, key_for_address
from webapp.tokens.clients import authenticate_client, note_use
from webapp.tokens.errors import InvalidClient

if TYPE_CHECKING:
    from flask import Response

    from webapp.tokens.clients import KnownClient

_LONGEST = 1024
_PATIENCE_MILLISECONDS = 100


def require_client() -> KnownClient:
    """Whose credentials came along. Raises InvalidClient, and TooManyAttempts for an address that goes on guessing.

    The check costs a look-up and a digest, and a secret of 256 bits is not guessed. So what is wrong is counted after
    it: right credentials cost no count, and a neighbour behind the same address, who retries with an old secret, can
    shut nobody out.
    """
    try:
        client = authenticate_client(*read_credentials(request.headers.get("Authorization", "")))
    except InvalidClient:
        limit = current_settings().limit_auth_per_address
        part(Throttle).count("client", key_for_address(request.remote_addr), limit)
        raise
    if client.needs_use_note:
        _note_afterwards(client.id)
    return client


def read_credentials(authorization: str) -> tuple[str, str]:
    """Id and secret of the header, each form-encoded before Basic joined them. Raises InvalidClient."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST:
        raise InvalidClient
    try:
        written = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidClient from None
    client_id, _, secret = written.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _note_afterwards(client_id: str) -> None:
    """Write the use down when the answer is made; best effort: a locked database must not hold it up."""

    @after_this_request
    def note(response: Response) -> Response:
        with suppress(DatabaseAway), unit_of_work(patience=_PATIENCE_MILLISECONDS):
            note_use(client_id)
        return response
