"""Where a browser says a request comes from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from webapp.config import current_settings
from webapp.core.errors import Problem
from webapp.web.cors import comes_from_listed_origin
from webapp.web.limits import spare_attempt


class CrossSiteRefused(Problem):
    """A browser says that another site sent this request."""

    code = "cross_site_refused"
    status = 403
    message = "This request comes from another site. Open this site itself and try there."


def require_own_site(*, or_listed: bool = False) -> None:
    """Refuse a state change that another site sent: Sec-Fetch-Site first, else Origin (Fetch Metadata, section 2).

    With `or_listed`, a page of the same site may send it too where CORS_ORIGINS lists its origin; another site's is
    refused all the same. Neither header means that no browser is at work; the CSRF value still has to fit.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    is_ours = origin in {None, *_own_origins()} if site is None else site in {"same-origin", "none"}
    may_be_listed = or_listed and site in {None, "same-site"}
    if not is_ours and not (may_be_listed and comes_from_listed_origin()):
        # Otherwise any site could use up its visitors' attempts to sign in here.
        spare_attempt()
        raise CrossSiteRefused


def _own_origins() -> set[str]:
    public = urlsplit(current_settings().public_url)
    return {f"{public.scheme}://{public.netloc}", f"{request.scheme}://{request.host}"}
