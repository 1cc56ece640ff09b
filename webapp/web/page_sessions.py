"""The page session: Flask's signed cookie, read only where a page may ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner

from webapp.core import clock

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SecureCookieSession
    from itsdangerous import URLSafeTimedSerializer

_WITHOUT = ("/api/", "/static/", "/.well-known/")
# Asked by programs about other people's tokens; no browser calls them.
_BY_PROGRAMS = ("/introspect", "/revoke", "/verify")


class PageSessions(SecureCookieSessionInterface):
    """Calls of programs, reading ones and files have none: it proves nothing there, and costs a signature."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None makes Flask use a session that is empty and cannot be written."""
        path = request.path
        if request.method in {"GET", "HEAD"} and path.startswith(_WITHOUT):
            return None
        if path.startswith("/api/") and path.endswith(_BY_PROGRAMS):
            return None
        return super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's own, with another view of cookies from the future."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = _SignerOfAnyClock
        return serializer

    def read(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie that came along, of a call that has none by itself. Changes to it are lost."""
        return super().open_session(app, request)


class _SignerOfAnyClock(TimestampSigner):
    """Takes what was signed at a moment that has not come here: before this clock was set back, or by a node whose
    clock is ahead. The library calls that expired, and a second between two nodes would send people who have just
    signed in back to the door. The session row says how long a sign-in lasts.
    """

    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: Any = False
    ) -> Any:
        try:
            return super().unsign(signed_value, max_age, return_timestamp)
        except SignatureExpired as refusal:
            if refusal.date_signed is None or refusal.date_signed <= clock.now():
                raise
            return super().unsign(signed_value, None, return_timestamp)
