"""`POST /introspect` about a good token, answered in front of Flask: a service may ask with each call that it receives.

As with `quick_verify`, only what is sure is answered here, by the same functions: the right client asks, of whom
nothing has to be written down, and the token is active. All else goes the long way through the view, which alone
refuses, counts and says that a token is worth nothing.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from webapp.access.client import read_credentials
from webapp.config import Settings
from webapp.infra.database import reading_alone
from webapp.infra.kept_settings import put_to_work
from webapp.tokens.clients import authenticate_client
from webapp.tokens.introspection import describe, find_active
from webapp.web.application import list_hosts
from webapp.web.fixed_headers import DATA_POLICY
from webapp.web.form_bodies import MEDIA_TYPE
from webapp.web.headers import VARY_BELOW_API
from webapp.web.origin import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from webapp.core.parts import Parts

PATH: Final = "/api/v1/introspect"
_FIELDS: Final = frozenset({"token", "token_type_hint"})
_HEADERS: Final = [
    ("Content-Type", "application/json"),
    ("Content-Security-Policy", DATA_POLICY),
    ("Cache-Control", "no-store"),
    ("Vary", VARY_BELOW_API),
]


class QuickIntrospection:
    """`parts` are those of the application it stands in front of."""

    def __init__(self, application: WSGIApplication, parts: Parts) -> None:
        self.application = application
        self._parts = parts
        self._hosts = frozenset(list_hosts(parts.get(Settings)))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "POST":
            answer = self._find_answer(environ)
            if answer is not None:
                named = [("Content-Length", str(len(answer))), ("X-Request-ID", environ[REQUEST_ID])]
                start_response("200 OK", named + _HEADERS)
                return [answer]
        return self.application(environ, start_response)

    def _find_answer(self, environ: WSGIEnvironment) -> bytes | None:
        """None where there is anything to refuse, to count or to note."""
        body = environ["wsgi.input"]
        is_plain = environ.get("CONTENT_TYPE") == MEDIA_TYPE and isinstance(body, BytesIO)
        if not is_plain or environ.get("HTTP_HOST", "").partition(":")[0] not in self._hosts:
            return None
        if not put_to_work(self._parts):
            return None
        try:
            described = _describe(environ.get("HTTP_AUTHORIZATION", ""), body.getvalue().decode())
        except Exception:  # noqa: BLE001 - the long way meets it again, and knows how to answer
            return None
        return None if described is None else json.dumps(described, separators=(",", ":")).encode() + b"\n"


def _describe(authorization: str, body: str) -> dict[str, Any] | None:
    pairs = parse_qsl(body, errors="strict", max_num_fields=len(_FIELDS))
    fields = dict(pairs)
    if len(fields) != len(pairs) or not fields.keys() <= _FIELDS:
        return None
    with reading_alone():
        client = authenticate_client(*read_credentials(authorization))
        found = find_active(fields["token"], client.audience)
    return None if found is None or client.needs_use_note else describe(found)
