"""The headers every answer carries, errors and static files included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from webapp.config import current_settings
from webapp.core.origin import current_origin
from webapp.web.fixed_headers import DATA_POLICY, list_fixed_headers

if TYPE_CHECKING:
    from flask import Flask, Response

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def register_headers(app: Flask) -> None:
    """Add them last, whatever answered."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    is_page = response.mimetype == "text/html"
    headers["Content-Security-Policy"] = _PAGE_POLICY if is_page else DATA_POLICY
    headers["X-Request-ID"] = current_origin().request_id
    headers.update(list_fixed_headers(current_settings().public_url))
    # Personal unless an endpoint said otherwise: no cache on the way may keep it.
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if g.get("clears_site_data"):
        headers["Clear-Site-Data"] = '"storage"'
    if request.path.startswith("/api/"):
        headers["Vary"] = "Authorization, Cookie, Origin"
    return response
