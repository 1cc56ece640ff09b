"""The headers every answer carries, errors and static files included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from webapp.config import current_settings
from webapp.core.origin import current_origin

if TYPE_CHECKING:
    from flask import Flask, Response

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# An API answer that a browser is made to show as a document can do nothing there.
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_PERMISSIONS = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), "
    "payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self)"
)


def register_headers(app: Flask) -> None:
    """Add them last, whatever answered."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    is_page = response.mimetype == "text/html"
    headers["Content-Security-Policy"] = _PAGE_POLICY if is_page else _DATA_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    # same-origin, not no-referrer: without it a browser sends `Origin: null` with forms.
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = _PERMISSIONS
    headers["X-Frame-Options"] = "DENY"
    headers["X-Request-ID"] = current_origin().request_id
    if current_settings().public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    # Personal unless an endpoint said otherwise: no cache on the way may keep it.
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if g.get("clears_site_data"):
        headers["Clear-Site-Data"] = '"storage"'
    if request.path.startswith("/api/"):
        headers["Vary"] = "Authorization, Cookie, Origin"
    return response
