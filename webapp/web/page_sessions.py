"""The page session: Flask's signed cookie, read only where a page may ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SecureCookieSession

_WITHOUT = ("/api/", "/static/", "/.well-known/")


class PageSessions(SecureCookieSessionInterface):
    """Reading calls of the API and files have no page session: it proves nothing there, and costs a signature."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None makes Flask use a session that is empty and cannot be written."""
        if request.method in {"GET", "HEAD"} and request.path.startswith(_WITHOUT):
            return None
        return super().open_session(app, request)
