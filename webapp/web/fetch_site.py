"""Where a browser says a request comes from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from webapp.config import current_settings
from webapp.core.errors import Problem
from webapp.web.limits import spare_attempt


class CrossSiteRefused(Problem):
    """A browser says that another site sent this request."""

    code = "cross_site_refused"
    status = 403
    message = "This request comes from another site. Open this site itself and try there."


def require_own_site() -> None:
    """Refuse a state change that another site sent: Sec-Fetch-Site first, else Origin (Fetch Metadata, section 2).

    Neither header means that no browser is at work; the CSRF value still has to fit.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    is_foreign = (
        site not in {"same-origin", "none"} if site is not None else origin not in {None, *_own_origins()}
    )
    if is_foreign:
        # Otherwise any site could use up its visitors' attempts to sign in here.
        spare_attempt()
        raise CrossSiteRefused


def _own_origins() -> set[str]:
    public = urlsplit(current_settings().public_url)
    return {f"{public.scheme}://{public.netloc}", f"{request.scheme}://{request.host}"}
