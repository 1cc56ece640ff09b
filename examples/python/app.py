"""An API for notes. It knows Latchkey by its address alone, and verifies access tokens by the keys published there."""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING, Any

import jwt
from flask import Flask, g, jsonify, request

if TYPE_CHECKING:
    from collections.abc import Callable

LATCHKEY = os.environ.get("LATCHKEY_URL", "http://localhost:8000")
AUDIENCE = os.environ.get("AUDIENCE", "notes")
# What your Latchkey signs with (its setting JWT_ALGORITHM). Never taken from the token.
ALGORITHMS = ["ES256"]
REQUIRED = ["iss", "aud", "sub", "exp", "iat", "jti", "client_id"]

# Keeps the key set for 300 s, as its Cache-Control allows, and asks again for an unknown `kid`, at most every 30 s.
keys = jwt.PyJWKClient(f"{LATCHKEY}/.well-known/jwks.json", lifespan=300, cooldown_duration=30, timeout=5)
app = Flask(__name__)


class Refused(Exception):
    """An answer instead of the view's."""

    def __init__(self, status: int, error: str, challenge: str | None = None) -> None:
        self.status, self.error, self.challenge = status, error, challenge


def verify(token: str) -> dict[str, Any]:
    """The claims of an access token meant for this service (RFC 9068, section 4). Raises Refused."""
    bad_token = Refused(401, "invalid_token", 'Bearer error="invalid_token"')
    try:
        header = jwt.get_unverified_header(token)
        # Other tokens signed with the same keys are not for opening an API.
        if header.get("typ", "").lower() not in {"at+jwt", "application/at+jwt"}:
            raise bad_token
        return jwt.decode(
            token,
            keys.get_signing_key(header.get("kid", "")),
            algorithms=ALGORITHMS,
            issuer=LATCHKEY,
            audience=AUDIENCE,
            leeway=10,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError):
        # Not the caller's fault, and no reason to sign anybody out.
        raise Refused(503, "unavailable") from None
    except (jwt.PyJWTError, AttributeError, ValueError, RecursionError):
        raise bad_token from None


def needs(scope: str) -> Callable[..., Any]:
    """Let in whoever brings a good token with this scope: 401 for a bad one, 403 for one that is not enough."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(**arguments: Any) -> Any:
            kind, _, token = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "bearer" or not token:
                raise Refused(401, "token_missing", "Bearer")
            g.claims = verify(token.strip())
            if scope not in g.claims.get("scope", "").split():
                raise Refused(
                    403, "insufficient_scope", f'Bearer error="insufficient_scope", scope="{scope}"'
                )
            return view(**arguments)

        return guarded

    return declare


@app.errorhandler(Refused)
def answer_refusal(refused: Refused) -> Any:
    """The refusal as JSON, with the challenge that RFC 6750 asks for."""
    headers = {"WWW-Authenticate": refused.challenge} if refused.challenge else {}
    return jsonify(error=refused.error), refused.status, headers


@app.get("/notes")
@needs("notes:read")
def show_notes() -> Any:
    """The caller's notes. `sub` is the one name of a person that never changes."""
    return jsonify(owner=g.claims["sub"], notes=["Water the ferns"])


@app.post("/notes")
@needs("notes:write")
def add_note() -> Any:
    """Add one."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise Refused(400, "malformed_request")
    return jsonify(owner=g.claims["sub"], notes=["Water the ferns", body["text"]]), 201


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5001")))
