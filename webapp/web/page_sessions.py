"""The page session: Flask's signed cookie, read only where a page may ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SecureCookieSession

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

    def read(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie that came along, of a call that has none by itself. Changes to it are lost."""
        return super().open_session(app, request)
