"""What the browser is given with a new or renewed session: cookies, and the token in an API answer."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from flask import g, jsonify, request, session
from pydantic import BaseModel

from webapp.access.page_session import begin_page_session, brought_session_id, end_page_session
from webapp.accounts.errors import AddressUnverified
from webapp.core.parts import part
from webapp.infra.throttle import TooManyAttempts
from webapp.joining.errors import MailOff, NothingToVerify
from webapp.joining.verification import send_again
from webapp.signin.devices import read_device, write_device
from webapp.tokens.access import issue_access_token
from webapp.tokens.key_binding import bind_session
from webapp.tokens.refresh_tokens import RefreshSecrets, derive_refresh_token, expiry_of
from webapp.tokens.seen_proofs import spend_proof
from webapp.web import cookies
from webapp.web.versions import binds_senders

_NAME = "name"

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response as FlaskResponse
    from werkzeug.wrappers import Response

    from webapp.sessions.models import Session
    from webapp.signin.devices import Device
    from webapp.signin.flow import SignedIn
    from webapp.tokens.access import AccessToken
    from webapp.tokens.chain_store import Chain
    from webapp.tokens.dpop import Proof


@contextmanager
def sending_letter_again() -> Iterator[None]:
    """Around a sign-in: whom an unverified address keeps out gets another letter, for the first may be lost."""
    try:
        yield
    except AddressUnverified as refusal:
        with suppress(MailOff, NothingToVerify, TooManyAttempts):
            address = send_again(refusal.account_id or "")
            refusal.message = (
                "Your email address is not verified yet. "
                f"A new letter is on its way to {address}: open the link in it."
            )
        raise


class TokenAnswer(BaseModel):
    """An access token; the refresh token came in a cookie."""

    token: str
    token_type: str
    expires_in: int
    scope: str


class BoundTokenAnswer(BaseModel):
    """An access token, bound to the proof's key unless it is for a service; the refresh token came in a cookie."""

    access_token: str
    token_type: Literal["DPoP", "Bearer"]
    expires_in: int
    scope: str


def answer_token(token: AccessToken, *, is_bound: bool) -> FlaskResponse:
    """The token in the words of the version asked for (RFC 6749, section 5.1; RFC 9449, section 5)."""
    body = {
        "access_token" if binds_senders() else "token": token.text,
        "token_type": "DPoP" if is_bound else "Bearer",
        "expires_in": token.expires_in,
        "scope": " ".join(token.scopes),
    }
    return jsonify(body)


def answer_sign_in(signed_in: SignedIn, proof: Proof | None) -> FlaskResponse:
    """The answer to whatever call signed somebody in: a token, bound to the key of the proof, and every cookie."""
    standing = signed_in.standing
    if proof is not None:
        # Within the unit that starts the session: a proof that was used before starts none.
        spend_proof(proof)
    bind_session(standing.session, proof)
    token = issue_access_token(
        standing.session,
        standing.scopes,
        counter=standing.session.counter,
        key_thumbprint=standing.session.key_thumbprint,
    )
    response = answer_token(token, is_bound=proof is not None)
    put_sign_in(response, signed_in, page=brought_session_id() is not None)
    return response


def put_refresh_cookies(response: Response, row: Session | Chain) -> None:
    """The chain's newest token, and the readable value that has to come back with it."""
    until = expiry_of(row)
    cookies.put(response, cookies.REFRESH, derive_refresh_token(row), until=until, same_site="Strict")
    csrf = part(RefreshSecrets).csrf_value(row.id)
    cookies.put(response, cookies.REFRESH_CSRF, csrf, until=until, readable=True, same_site="Strict")


def put_sign_in(response: Response, signed_in: SignedIn, *, page: bool) -> None:
    """Everything a browser holds after signing in. `page`: also the page session, begun anew."""
    put_refresh_cookies(response, signed_in.standing.session)
    put_device(response, signed_in.device)
    if page:
        begin_page_session(signed_in.standing.session.id)


def carry_name(username: str) -> None:
    """Have the next sign-in form of this browser filled in with the name that was just proved or made here.

    In the page session: an address of a page is kept in logs and histories.
    """
    session[_NAME] = username


def take_carried_name() -> str:
    """The name to fill in, once; "" when there is none."""
    name = session.pop(_NAME, "") if _NAME in session else ""
    return name if isinstance(name, str) else ""


def put_device(response: Response, device: Device) -> None:
    """Let this browser say from now on which device it is."""
    cookies.put(response, cookies.DEVICE, write_device(device), until=cookies.YEAR_SECONDS)


def device_of_request() -> Device:
    """The device that this browser says it is; a new one where it says nothing."""
    return read_device(request.cookies.get(cookies.DEVICE))


def drop_sign_in(response: Response, *, page: bool) -> None:
    """Take the sign-in away; the device stays known."""
    cookies.drop(response, cookies.REFRESH, cookies.REFRESH_CSRF)
    if page:
        end_page_session()
        # Storage only: `cookies` would take sibling applications' cookies and the device's along.
        g.clears_site_data = True
