"""`GET /verify` with a good token, answered in front of Flask: a proxy asks before each and every call.

Only what is sure is answered here, by the same verifier and the same question to the session: a plain token of an open
session of which nothing has to be written down. All else goes the long way through the view, which alone refuses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from webapp.access.forwarded import auth_headers, wanted_scopes
from webapp.infra.database import reading_alone
from webapp.infra.kept_settings import put_to_work
from webapp.sessions.service import needs_activity_note
from webapp.tokens.access import verify_access_token
from webapp.tokens.key_binding import require_token_key
from webapp.tokens.standing import require_token_standing
from webapp.web.fixed_headers import DATA_POLICY
from webapp.web.headers import VARY_BELOW_API
from webapp.web.origin import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from webapp.core.parts import Parts
    from webapp.sessions.standing import Standing

PATH: Final = "/api/v1/verify"
_HEADERS: Final = [
    ("Content-Security-Policy", DATA_POLICY),
    ("Cache-Control", "no-store"),
    ("Vary", VARY_BELOW_API),
]


class QuickVerify:
    """`parts` are those of the application it stands in front of."""

    def __init__(self, application: WSGIApplication, parts: Parts) -> None:
        self.application = application
        self._parts = parts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            standing = _find_standing(environ) if put_to_work(self._parts) else None
            if standing is not None:
                named = [*auth_headers(standing).items(), ("X-Request-ID", environ[REQUEST_ID])]
                start_response("204 NO CONTENT", named + _HEADERS)
                return []
        return self.application(environ, start_response)


def _find_standing(environ: WSGIEnvironment) -> Standing | None:
    """Whose call it is; None where there is anything to refuse, to prove or to note."""
    scheme, _, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = verify_access_token(text.strip())
        with reading_alone():
            standing = require_token_standing(claims)
        require_token_key(claims, standing.key_thumbprint)
        is_enough = (
            not standing.lacks_required_factor and _wanted(environ.get("QUERY_STRING", "")) <= standing.scopes
        )
    except Exception:  # noqa: BLE001 - the long way meets it again, and knows how to answer
        return None
    # A number beyond the one received may prove a receipt, or be void (tokens/refresh_rule.decide_receipt).
    has_news = claims.counter > standing.received or needs_activity_note(standing)
    is_plain = claims.key_thumbprint is None
    return standing if is_plain and is_enough and not has_news else None


@lru_cache(maxsize=256)
def _wanted(query: str) -> frozenset[str]:
    return wanted_scopes(" ".join(value for name, value in parse_qsl(query) if name == "scope"))
