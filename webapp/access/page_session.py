"""The page session: which session this browser's pages belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, session

from webapp.access.held_form import held_form, restore_held_form
from webapp.config import current_settings
from webapp.core import clock

if TYPE_CHECKING:
    from flask.sessions import SecureCookieSession

_SESSION_ID = "sid"
_RENEWED_AT = "at"
_PENDING = "pending"


def brought_session_id() -> str | None:
    """The session this browser was signed in with, open or not; sign-in ends it."""
    session_id = session.get(_SESSION_ID)
    return session_id if isinstance(session_id, str) else None


def session_id_in(found: SecureCookieSession | None) -> str | None:
    """The session that a page session names, which was read where Flask opens none."""
    session_id = found.get(_SESSION_ID) if found else None
    return session_id if isinstance(session_id, str) else None


def begin_page_session(session_id: str) -> None:
    """Forget everything of before, CSRF secret included, and name this session from now on."""
    held = held_form()
    end_page_session()
    restore_held_form(held)
    session.permanent = True
    session[_SESSION_ID] = session_id
    session[_RENEWED_AT] = int(clock.now().timestamp())


def keep_pending_sign_in(token: str) -> None:
    """Remember the sign-in that waits for a second step in this browser."""
    session[_PENDING] = token


def pending_sign_in() -> str:
    """The token of the sign-in that waits here, be it over or not; "" when there is none."""
    token = session.get(_PENDING)
    return token if isinstance(token, str) else ""


def forget_pending_sign_in() -> None:
    """Wait for it no more."""
    session.pop(_PENDING, None)


def end_page_session() -> None:
    """Forget everything; the next page begins anew."""
    session.clear()
    # A value made earlier in this request belongs to what was just forgotten.
    g.pop("csrf_token", None)


def forget_session_id() -> None:
    """Let the browser's pages belong to nobody, without voiding the forms that are open."""
    session.pop(_SESSION_ID, None)


def keep_page_session(session_id: str) -> None:
    """Let the cookie of this session live on while it is used: it expires like a refresh token, counted anew."""
    if brought_session_id() != session_id:
        return
    moment = int(clock.now().timestamp())
    begun = session.get(_RENEWED_AT, 0)
    if (
        not isinstance(begun, int)
        or moment - begun > current_settings().refresh_token_lifetime.total_seconds() / 8
    ):
        session[_RENEWED_AT] = moment
