"""What machines ask: alive, ready, what the API is, and where things are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify, redirect

from webapp.access.guards import public, touches_nothing
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import NotFound
from webapp.infra.database import unit_of_work
from webapp.ops.health import find_readiness
from webapp.web.openapi import describe_api

blueprint = Blueprint("ops", __name__)
_BASIC: Final = ["client_secret_basic"]
_WRITTEN: Final = "latchkey_openapi"
# Less than the year that RFC 9116 (section 2.5.5) allows; counted anew with each answer.
_CONTACT_HOLDS: Final = timedelta(days=180)


@blueprint.get("/healthz")
@public
@touches_nothing
def alive() -> Any:
    """The process answers; nothing else is asked."""
    return jsonify({"status": "alive"})


@blueprint.get("/readyz")
@public
@touches_nothing
def ready() -> Any:
    """Whether requests should come here: 503 says which part is missing, 200 what it does without."""
    # Reading only: a probe that took SQLite's write lock would hold up whoever works, and wait for them.
    with unit_of_work(writes=False):
        found = find_readiness()
    degraded = {"degraded": found.lacks} if found.lacks else {}
    if not found.is_ready:
        return jsonify({"status": "not ready", "faults": found.faults, **degraded}), 503, {"Retry-After": "5"}
    return jsonify({"status": "ready", **degraded})


@blueprint.get("/openapi.json")
@public
@touches_nothing
def openapi() -> Any:
    """The API in OpenAPI 3.1."""
    response = Response(_written_api(), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _written_api() -> bytes:
    """Kept until the name changes: writing it takes a tenth of a second, and any stranger may ask for it."""
    settings, extensions = current_settings(), current_app.extensions
    held: tuple[str, bytes] | None = extensions.get(_WRITTEN)
    if held is None or held[0] != settings.app_name:
        document = describe_api(extensions["latchkey_operations"], settings.public_url, settings.app_name)
        held = extensions[_WRITTEN] = (settings.app_name, jsonify(document).get_data())
    return held[1]


@blueprint.get("/.well-known/oauth-authorization-server")
@public
@touches_nothing
def server_metadata() -> Any:
    """Where services find keys, introspection and revocation (RFC 8414, section 2).

    Nobody gets a token here by an OAuth grant: there is no authorization or token endpoint, and the lists say so.
    """
    issuer = current_settings().public_url
    response = jsonify(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "introspection_endpoint": f"{issuer}/api/v1/introspect",
            "introspection_endpoint_auth_methods_supported": _BASIC,
            "revocation_endpoint": f"{issuer}/api/v1/revoke",
            "revocation_endpoint_auth_methods_supported": _BASIC,
            "response_types_supported": [],
            "grant_types_supported": [],
            "dpop_signing_alg_values_supported": ["ES256"],
            "service_documentation": f"{issuer}/openapi.json",
        }
    )
    response.headers["Cache-Control"] = "public, max-age=3600"
    # The same for everybody, and of use to pages of any origin that verify tokens.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/.well-known/change-password")
@public
@touches_nothing
def change_password() -> Any:
    """To where the password is changed, after a sign-in where there was none (W3C change-password-url)."""
    return redirect("/account/security", 303)


@blueprint.get("/.well-known/passkey-endpoints")
@public
@touches_nothing
def passkey_endpoints() -> Response:
    """Where password managers send people to add and manage passkeys (W3C passkey-endpoints)."""
    where = f"{current_settings().public_url}/account/security"
    response = jsonify({"enroll": where, "manage": where})
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/.well-known/security.txt")
@public
@touches_nothing
def security_contact() -> Response:
    """Whom to tell of a vulnerability (RFC 9116); not found until SECURITY_CONTACT names somebody."""
    settings = current_settings()
    if settings.security_contact is None:
        raise NotFound
    expires = (clock.now() + _CONTACT_HOLDS).replace(hour=0, minute=0, second=0)
    lines = [
        f"Contact: {settings.security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.public_url}/.well-known/security.txt",
    ]
    response = Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
