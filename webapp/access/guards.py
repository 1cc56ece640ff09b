"""What each endpoint declares: `public`, or who may call it. An endpoint that declares nothing is refused."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlencode

from flask import flash, g, redirect, request, url_for
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from webapp.access.client import require_client
from webapp.access.denials import record_denial
from webapp.access.forwarded import require_forwarded
from webapp.access.held_form import hold_form
from webapp.access.page_proof import ask_for_proof
from webapp.access.page_session import forget_session_id, keep_page_session
from webapp.access.refresh_cookie import require_refresh_cookie
from webapp.access.visitor import page_standing, require_bearer
from webapp.core.errors import Problem
from webapp.sessions import service as sessions
from webapp.sessions.errors import SessionEnded
from webapp.sessions.service import needs_activity_note
from webapp.tokens.errors import (
    CsrfFailed,
    InsufficientScope,
    InvalidClient,
    InvalidToken,
    RefreshTokenMissing,
    TokenMissing,
)
from webapp.tokens.refresh_tokens import verify_refresh_token
from webapp.web import cookies
from webapp.web.fetch_site import CrossSiteRefused, require_own_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.sessions.service import Standing

View = TypeVar("View", bound="Callable[..., Any]")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class FormExpired(Problem):
    """A form whose CSRF value does not fit: the page is old, or another site sent it."""

    code = "form_expired"
    status = 400
    message = (
        "This form is too old, or belongs to another sign-in. Go back, reload the page and send it again."
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call. `kind` page: a person with the page cookie; bearer: a program or script with an access token.

    `reshows`: the view shows a refused form again, with what was typed, instead of an error page.
    """

    kind: Literal[
        "public",
        "page",
        "bearer",
        "client",
        "forwarded",
        "refresh_cookie",
        "refresh_cookie_alone",
        "public_api",
    ]
    scope: str | None = None
    proof: bool = False
    reshows: bool = False

    @property
    def problems(self) -> tuple[type[Problem], ...]:
        """What this guard may refuse with, for the documents."""
        if self.kind == "bearer":
            scoped: tuple[type[Problem], ...] = (InsufficientScope,) if self.scope else ()
            return (TokenMissing, InvalidToken, SessionEnded, *scoped)
        if self.kind == "forwarded":
            return (TokenMissing, InvalidToken, SessionEnded, InsufficientScope)
        if self.kind == "client":
            return (InvalidClient,)
        if self.kind == "refresh_cookie":
            return (RefreshTokenMissing, CsrfFailed)
        if self.kind == "refresh_cookie_alone":
            return (RefreshTokenMissing, CrossSiteRefused)
        return ()


PUBLIC_API = Access("public_api")
CLIENT = Access("client")
FORWARDED = Access("forwarded")
REFRESH_COOKIE = Access("refresh_cookie")
# For handing out the CSRF value, which cannot be asked for then. Other origins are refused in its place, also a GET.
REFRESH_COOKIE_ALONE = Access("refresh_cookie_alone")
_BY_COOKIE = frozenset({"refresh_cookie", "refresh_cookie_alone", "public_api"})


def bearer(scope: str | None = None) -> Access:
    """Whoever holds an access token of an open session, with this scope."""
    return Access("bearer", scope)


def public(view: View) -> View:
    """Anyone may call; a form still needs its CSRF value."""
    view.access = Access("public")  # type: ignore[attr-defined]
    return view


def public_form(view: View) -> View:
    """Anyone may call; a refused form is shown again with what was typed."""
    view.access = Access("public", reshows=True)  # type: ignore[attr-defined]
    return view


def writes_late(view: View) -> View:
    """The unit begins by reading and says itself when it writes: no lock is held while a password is hashed."""
    view.writes_late = True  # type: ignore[attr-defined]
    return view


def touches_nothing(view: View) -> View:
    """Run without a unit of work: this must answer while the database is away."""
    view.needs_no_database = True  # type: ignore[attr-defined]
    return view


def page(scope: str | None = None, *, proof: bool = False) -> Callable[[View], View]:
    """Somebody signed in on pages, with this scope; with `proof`, a POST needs a fresh one and asks for it."""

    def declare(view: View) -> View:
        view.access = Access("page", scope, proof)  # type: ignore[attr-defined]
        return view

    return declare


def protect(view: Callable[..., Any]) -> Callable[..., Any]:
    """Check what the view declares before it runs."""
    access: Access = view.access  # type: ignore[attr-defined]

    @functools.wraps(view)
    def guarded(**arguments: Any) -> Any:
        is_unsafe = request.method in UNSAFE
        if access.kind == "refresh_cookie_alone" or (is_unsafe and access.kind not in {"bearer", "client"}):
            # Never for the forms of pages: those are on our own pages only.
            require_own_site(or_listed=access.kind in _BY_COOKIE)
        refusal = _require(access)
        if refusal is None and is_unsafe and access.kind in {"page", "public"}:
            _require_form_token(reshows=access.reshows)
        if refusal is None and is_unsafe and access.proof:
            refusal = ask_for_proof(g.caller) or _require_page_still(access)
        return view(**arguments) if refusal is None else refusal

    return guarded


def _require(access: Access) -> Any:
    """Find out who calls, and keep it in `g`. None, or for a page the answer that sends to sign in."""
    if access.kind == "page":
        return _require_page(access)
    if access.kind == "bearer":
        g.touch = _touchable(require_bearer(access.scope))
    elif access.kind == "forwarded":
        g.touch = _touchable(require_forwarded())
    elif access.kind == "client":
        g.client = require_client()
    elif access.kind == "refresh_cookie":
        g.refresh_claims = require_refresh_cookie()
    elif access.kind == "refresh_cookie_alone":
        g.refresh_claims = verify_refresh_token(request.cookies.get(cookies.REFRESH, ""))
    return None


def _require_page(access: Access) -> Any:
    standing = page_standing()
    if standing is None:
        return _send_to_sign_in()
    g.caller = standing
    g.touch = _touchable(standing)
    keep_page_session(standing.session_id)
    if access.scope is not None and access.scope not in standing.scopes:
        if standing.account.lacks_required_factor:
            # Held back for that alone, perhaps: the page says so, and how to go on.
            return redirect("/account/second-step", 303)
        record_denial(standing, access.scope)
        raise InsufficientScope("You are signed in, but this page is for administrators.")
    return None


def _require_page_still(access: Access) -> Any:
    """Ask once more before the act, and hold the answer: checking a password takes long enough to be locked out."""
    standing: Standing = g.caller
    g.pop("page_standing", None)
    sessions.hold_session(standing)
    return _require_page(access)


def _send_to_sign_in() -> Any:
    """To the sign-in page and back; it says why the session ended, unless the person ended it here.

    A form that was sent too late is kept, and offered again to the same person.
    """
    ended: SessionEnded | None = g.get("end_cause")
    came_from = request.full_path.rstrip("?") if request.method == "GET" else ""
    if ended is not None and ended.account_id and _is_whole_form() and hold_form(ended.account_id):
        came_from = "/resume"
    forget_session_id()
    if ended is not None and ended.message and str(ended.extra.get("cause")) != "signed_out":
        flash(ended.message, "info")
    query = "?" + urlencode({"next": came_from}) if came_from else ""
    return redirect(url_for("signin.login") + query, 303)


def _is_whole_form() -> bool:
    """Whether our own page sent a form: another site's must not come back as something the person had typed."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return request.method == "POST"


def _require_form_token(*, reshows: bool) -> None:
    """The form's CSRF value must fit the page session (RFC 9700, section 4.7.1 in spirit: one request, one page)."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        if not reshows:
            raise FormExpired from None
        # A browser that sent no cookie at all keeps none: an old page is not the reason.
        g.form_is_refused = "too_old" if cookies.PAGE_SESSION in request.cookies else "no_cookie"


def _touchable(standing: Standing) -> str | None:
    return standing.session_id if needs_activity_note(standing) else None
