"""Plain factories: people as a test needs them, made by the product's own functions, and the ways they sign in."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from flask import current_app, has_app_context

from tests.page_client import ORIGIN

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.page_client import Page, PageClient
    from tests.servers.live import LiveServer

PASSWORD = "seven quiet lanterns at dusk"
OTHER_PASSWORD = "eleven paper boats upstream"
_numbers = count(1)


def entered(app: Flask) -> AbstractContextManager[object]:
    """The application at work; in its present context where there is one, so that both see one transaction."""
    if has_app_context() and current_app._get_current_object() is app:  # type: ignore[attr-defined]
        return nullcontext()
    return app.app_context()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, and what they know."""

    id: str
    username: str
    email: str
    password: str


def make_account(
    app: Flask,
    username: str | None = None,
    *,
    password: str = PASSWORD,
    roles: tuple[str, ...] = ("user",),
    verified: bool = True,
    locked: bool = False,
) -> Person:
    """An account that is ready to sign in, unless it is `locked`; usernames are made up where none is given."""
    from webapp.accounts import service
    from webapp.accounts.names import require_address
    from webapp.accounts.passwords import hash_new_password
    from webapp.infra.database import begin_writing, unit_of_work

    username = username or f"person{next(_numbers)}"
    email = f"{username}@example.org"
    with entered(app), unit_of_work():
        address = require_address(email)
        hashed = hash_new_password(password, username=username, address=address.key)
        begin_writing()
        account = service.create_account(username, address, hashed, roles=roles, verified=verified)
        if locked:
            service.lock(account, "for this test", actor_id=None)
        return Person(account.id, username, email, password)


def make_administrator(app: Flask, username: str | None = None, *, password: str = PASSWORD) -> Person:
    """Somebody who may do everything; from the first on, registration is open."""
    return make_account(app, username, password=password, roles=("user", "administrator"))


def make_setup_path(app: Flask) -> str:
    """The path of a fresh set-up link, as `serve` prints it while nobody administers."""
    from webapp.infra.database import unit_of_work
    from webapp.joining.flow import make_setup_link

    with entered(app), unit_of_work():
        token = make_setup_link()
    assert token is not None, "somebody administers already"
    return f"/setup/{token}"


def sign_in(pages: PageClient, person: Person, *, next_path: str | None = None) -> Page:
    """Sign in on the page. Returns the page that follows."""
    pages.get(f"/login?next={next_path}" if next_path else "/login")
    return pages.submit("/login", username=person.username, password=person.password)


def sign_in_unseen(client: FlaskClient, person: Person) -> None:
    """Sign in by the form of the page, without a look at any page. Raises AssertionError where that is refused."""
    proof = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").get_data(as_text=True))
    assert proof is not None, "the sign-in page has no form"
    form = {"csrf_token": proof[1], "username": person.username, "password": person.password}
    response = client.post("/login", data=form, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 303, response.get_data(as_text=True)


def sign_in_by_api(client: FlaskClient, person: Person) -> dict[str, str]:
    """Sign in at the API; the client keeps the refresh cookie. Returns the headers that carry the access token."""
    credentials = {"username": person.username, "password": person.password}
    response = client.post("/api/v1/login", json=credentials)
    assert response.status_code == 200, response.get_data(as_text=True)
    return bearer(response.get_json()["token"])


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"Authorization": f"Bearer {token}"}


def csrf_header(client: FlaskClient) -> dict[str, str]:
    """The header that a script reads from its cookie to renew or end a session."""
    cookie = client.get_cookie("__Host-csrf_refresh_token")
    assert cookie is not None, "nobody is signed in"
    return {"X-CSRF-TOKEN": cookie.value}


def refresh(client: FlaskClient) -> dict[str, str]:
    """Renew by the refresh cookie. Returns the headers that carry the new access token."""
    response = client.post("/api/v1/refresh", headers=csrf_header(client))
    assert response.status_code == 200, response.get_data(as_text=True)
    return bearer(response.get_json()["token"])


def set_up_live(server: LiveServer, username: str = "ada", password: str = PASSWORD) -> Person:
    """The first administrator of a live server, made by its own command."""
    email = f"{username}@example.org"
    options = (f"--username={username}", f"--email={email}", f"--password={password}")
    made = server.run_command("create-admin", *options)
    assert made.returncode == 0, made.stderr
    return Person("", username, email, password)


def make_reset_path(app: Flask, person: Person) -> str:
    """The path of a fresh reset link, as an administrator hands it over."""
    from webapp.accounts.service import get_account
    from webapp.infra.database import unit_of_work
    from webapp.recovery.flow import make_reset_link

    with entered(app), unit_of_work():
        token = make_reset_link(get_account(person.id), actor_id=None)
    return f"/reset-password/{token}"


@dataclass(frozen=True, slots=True)
class Program:
    """A registered client, and what it knows."""

    id: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """How it says who it is."""
        written = f"{self.id}:{self.secret}".encode()
        return {"Authorization": f"Basic {b64encode(written).decode()}"}


def make_program(app: Flask, audience: str | None = None, *scopes: str, name: str = "Reports") -> Program:
    """A registered client of this audience, our own where none is given; `scopes` are those of its service."""
    from webapp.infra.database import unit_of_work
    from webapp.tokens.clients import register_client

    with entered(app), unit_of_work():
        client, secret = register_client(name, audience, scopes)
        return Program(client.id, secret)


def make_not_me_path(app: Flask, person: Person) -> str:
    """The path of a fresh "This wasn't me" link, as a letter to the person carries it."""
    from webapp.accounts.notices import NOT_ME_LIFETIME
    from webapp.infra.database import unit_of_work
    from webapp.infra.links import make_link

    with entered(app), unit_of_work():
        return f"/not-me/{make_link('not_me', person.id, NOT_ME_LIFETIME, replaces=False)}"


@dataclass(frozen=True, slots=True)
class Authenticator:
    """An authenticator app in force, and the recovery codes that came with it if it was the first."""

    id: str
    secret: str
    recovery_codes: tuple[str, ...]

    def code(self, steps: int = 0) -> str:
        """What it shows now, or shows so many steps of 30 seconds later."""
        from pyotp import TOTP

        from webapp.core import clock

        return TOTP(self.secret).at(clock.now(), counter_offset=steps)


def enrol_app(app: Flask, person: Person, name: str | None = None) -> Authenticator:
    """Set an app up by the product's own functions. The present code is still good: the one before confirmed it."""
    from webapp.accounts.service import get_account
    from webapp.core.errors import InvalidInput
    from webapp.factors.enrolment import begin_app, confirm_app
    from webapp.infra.database import unit_of_work
    from webapp.sessions.causes import EndCause
    from webapp.sessions.service import end_session, new_standing, start_session

    with entered(app), unit_of_work():
        account = get_account(person.id)
        standing = new_standing(start_session(account), account)
        begun = begin_app(standing, name)
        made = Authenticator(begun.id, begun.secret, ())
        try:
            codes = confirm_app(standing, begun.id, made.code(-1))
        except InvalidInput:
            # A step of the clock ended in between, and the code was two steps old.
            codes = confirm_app(standing, begun.id, made.code(-1))
        end_session(standing.session_id, person.id, EndCause.SIGNED_OUT)
    return Authenticator(begun.id, begun.secret, codes or ())
