"""The published key set, and the moment at which due changes of it are carried out."""

from __future__ import annotations

import json
import logging
from contextlib import suppress

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.access.guards import public, touches_nothing
from webapp.config import current_settings
from webapp.core.errors import Unavailable
from webapp.core.origin import Origin, current_origin, set_origin
from webapp.core.parts import part
from webapp.infra.database import unit_of_work
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import turn_ring

blueprint = Blueprint("keys", __name__)
# While the database is away others should come back soon: the copy they get may lack the newest key.
_BEHIND_SECONDS = 2
_PATIENCE_MILLISECONDS = 100
_log = logging.getLogger("latchkey.keys")


@blueprint.get("/.well-known/jwks.json")
@public
@touches_nothing
def jwks() -> WerkzeugResponse:
    """The public keys by which anyone can verify an access token (RFC 7517)."""
    ring = part(KeyRing)
    body = json.dumps(ring.jwks(), sort_keys=True, separators=(",", ":"))
    answer = Response(body, mimetype="application/json")
    max_age = _BEHIND_SECONDS if ring.is_behind() else current_settings().jwks_max_age.total_seconds()
    answer.cache_control.public = True
    answer.cache_control.max_age = int(max_age)
    # Public to everybody: a page of any origin may verify tokens.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.add_etag()
    return answer.make_conditional(request)


def turn_keys(response: Response) -> Response:
    """Carry out what is due after any answer, so that rotation needs neither cron nor a thread of its own.

    Best effort: the request is answered whatever becomes of it, and the next one tries again.
    """
    if not part(KeyRing).take_due_change():
        return response
    before = current_origin()
    # Nobody who happens to call at that moment has done it.
    set_origin(Origin("job"))
    try:
        with suppress(Unavailable):
            with unit_of_work(patience=_PATIENCE_MILLISECONDS):
                has_changed = turn_ring()
            if has_changed:
                part(KeyRing).forget()
    except Exception:  # noqa: BLE001 - the answer to somebody else must not suffer
        _log.exception("a change of the signing keys failed")
    finally:
        set_origin(before)
    return response
