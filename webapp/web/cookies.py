"""The cookies of this application: their names, and how each is set and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from werkzeug.wrappers import Response

# The __Host- prefix makes a browser insist on Secure, on Path=/ and on this very host (RFC 6265bis, section 4.1.3).
REFRESH = "__Host-refresh_token"
REFRESH_CSRF = "__Host-csrf_refresh_token"
PAGE_SESSION = "__Host-session"
DEVICE = "__Host-device"
THEME = "__Host-theme"
YEAR_SECONDS = 365 * 24 * 3600


def put(
    response: Response,
    name: str,
    value: str,
    *,
    until: datetime | int,
    readable: bool = False,
    same_site: Literal["Strict", "Lax"] = "Lax",
) -> None:
    """Set a cookie; `until` is a moment or a number of seconds. Only `readable` ones are visible to the page."""
    life: dict[str, object] = {"max_age": until} if isinstance(until, int) else {"expires": until}
    response.set_cookie(name, value, secure=True, httponly=not readable, samesite=same_site, path="/", **life)  # type: ignore[arg-type]


def drop(response: Response, *names: str) -> None:
    """Take cookies away by name, with the attributes their prefix demands."""
    for name in names:
        response.set_cookie(
            name, "", max_age=0, secure=True, httponly=name != REFRESH_CSRF, path="/", samesite="Lax"
        )
