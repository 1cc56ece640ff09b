"""The registered client behind a call, by HTTP Basic (RFC 6749, section 2.3.1)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from flask import request

from webapp.tokens.clients import authenticate_client
from webapp.tokens.errors import InvalidClient

if TYPE_CHECKING:
    from webapp.tokens.models import Client

_LONGEST = 1024


def require_client() -> Client:
    """Whose credentials came along. Raises InvalidClient."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST:
        raise InvalidClient
    try:
        written = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidClient from None
    client_id, _, secret = written.partition(":")
    return authenticate_client(unquote_plus(client_id), unquote_plus(secret))
