"""The published key set."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.access.guards import public
from webapp.config import current_settings
from webapp.core.parts import part
from webapp.keys.ring import KeyRing

blueprint = Blueprint("keys", __name__)


@blueprint.get("/.well-known/jwks.json")
@public
def jwks() -> WerkzeugResponse:
    """The public keys by which anyone can verify an access token (RFC 7517)."""
    body = json.dumps(part(KeyRing).jwks(), sort_keys=True, separators=(",", ":"))
    answer = Response(body, mimetype="application/json")
    answer.cache_control.public = True
    answer.cache_control.max_age = int(current_settings().jwks_max_age.total_seconds())
    answer.add_etag()
    return answer.make_conditional(request)
