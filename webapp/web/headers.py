"""The headers that depend on the answer, errors and static files included; `bounds` adds those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from webapp.core.origin import current_origin
from webapp.web.fixed_headers import DATA_POLICY

if TYPE_CHECKING:
    from flask import Flask, Response

VARY_BELOW_API = "Authorization, Cookie, Origin"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def register_headers(app: Flask) -> None:
    """Add them last, whatever answered."""
    app.after_request(_add_headers)


def _page_policy() -> str:
    """A form's answer may lead where the view said: Chromium holds redirects after a form against its policy too."""
    origin: str | None = g.get("form_leads_to")
    return (
        _PAGE_POLICY.replace("form-action 'self'", f"form-action 'self' {origin}") if origin else _PAGE_POLICY
    )


def _add_headers(response: Response) -> Response:
    headers = response.headers
    # What a service answers through a connection is no page of ours, whatever it says of itself.
    is_page = response.mimetype == "text/html" and not request.path.startswith("/api/")
    added = [
        ("Content-Security-Policy", _page_policy() if is_page else DATA_POLICY),
        ("X-Request-ID", current_origin().request_id),
    ]
    # Personal unless an endpoint said otherwise: no cache on the way may keep it.
    if "Cache-Control" not in headers:
        added.append(("Cache-Control", "no-store"))
    headers.extend(added)
    if g.get("clears_site_data"):
        headers["Clear-Site-Data"] = '"storage"'
    if request.path.startswith("/api/"):
        headers["Vary"] = ", ".join([VARY_BELOW_API, *headers.getlist("Vary")])
    return response
