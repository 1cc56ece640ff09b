"""How a front end asks for factors, and what the database says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyotp import TOTP

from tests.make import bearer, entered
from tests.page_client import ORIGIN
from webapp.core import clock
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.make import Person
    from tests.page_client import PageClient
    from webapp.accounts.models import Account

FACTORS = "/api/v1/factors"
Headers = dict[str, str]


def begin(client: FlaskClient, token: Headers, **body: object) -> dict[str, Any]:
    """Begin to set an app up."""
    response = client.post(f"{FACTORS}/totp", headers=token, json=body)
    assert response.status_code == 201, response.get_data(as_text=True)
    begun: dict[str, Any] = response.get_json()
    return begun


def confirm(client: FlaskClient, token: Headers, begun: dict[str, Any], code: object = None) -> Any:
    """Confirm it with this code, or the right one."""
    code = TOTP(begun["secret"]).at(clock.now()) if code is None else code
    return client.post(f"{FACTORS}/totp/{begun['id']}/confirm", headers=token, json={"code": code})


def factors_of(client: FlaskClient, token: Headers) -> dict[str, Any]:
    """All of them, as the front end sees them."""
    found: dict[str, Any] = client.get(FACTORS, headers=token).get_json()
    return found


def account_of(app: Flask, person: Person) -> Account:
    """The account as it is stored now."""
    from webapp.accounts.service import get_account

    with entered(app), unit_of_work(writes=False):
        return get_account(person.id)


def token_of(app: Flask, person: Person) -> Headers:
    """The headers of a session that has just proved itself by whatever its account asks for."""
    from webapp.accounts.service import get_account
    from webapp.sessions.service import new_standing, start_session
    from webapp.tokens.access import issue_access_token

    with entered(app), unit_of_work():
        account = get_account(person.id)
        session = start_session(account, "pwd otp mfa")
        scopes = new_standing(session, account).scopes
        return bearer(issue_access_token(session, scopes, counter=session.counter).text)


def take(app: Flask, person: Person, code: str, *, known: str | None = None) -> str:
    """Use a code as a second step: which kind it was, or the code of the refusal."""
    from webapp.core.errors import Problem
    from webapp.factors.codes import take_code

    try:
        with entered(app), unit_of_work():
            return take_code(person.id, code, known_device_id=known)
    except Problem as problem:
        return problem.code


def open_page_session(app: Flask, pages: PageClient, person: Person) -> None:
    """Let this browser be signed in as somebody who has a second factor."""
    from webapp.accounts.service import get_account
    from webapp.sessions.service import start_session

    with entered(app), unit_of_work():
        session_id = start_session(get_account(person.id), "pwd otp mfa").id
    with pages.client.session_transaction(base_url=ORIGIN) as cookie:
        cookie["sid"] = session_id
