"""People who change their address, and what they find in their mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mailbox import letters_to, link_in
from tests.make import Person, entered, make_account, sign_in, sign_in_by_api
from tests.page_client import PageClient

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

MAIL = {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}
NEW = "new@example.net"


def enter(app: Flask, person: Person) -> PageClient:
    """The person's browser, signed in."""
    pages = PageClient(app.test_client())
    sign_in(pages, person)
    return pages


def ask_for(client: FlaskClient, person: Person, email: str) -> TestResponse:
    """Give another address at the API; the sign-in is the fresh proof."""
    return client.post("/api/v1/email", json={"email": email}, headers=sign_in_by_api(client, person))


def verify_path(app: Flask, address: str) -> str:
    """The path in the latest verification letter to this address."""
    return link_in(letters_to(app, address, kind="verify_address")[-1])


def undo_path(app: Flask, address: str) -> str:
    """The path in the latest letter that tells this address of its replacement."""
    return link_in(letters_to(app, address, kind="address_changed")[-1])


def change(app: Flask, person: Person, email: str = NEW) -> None:
    """The whole way: ask, read the letter, confirm it with the password."""
    assert ask_for(app.test_client(), person, email).status_code == 202
    pages = PageClient(app.test_client())
    pages.get(verify_path(app, email))
    assert pages.submit(password=person.password).heading == "Your address is verified"


def claim_again(app: Flask, address: str, username: str | None = None) -> Person:
    """Another account that gave this address too and has not verified it; nobody was written to."""
    from webapp.accounts.addresses import claim_address
    from webapp.accounts.names import require_address
    from webapp.accounts.service import get_account
    from webapp.infra.database import unit_of_work

    person = make_account(app, username, verified=False)
    with entered(app), unit_of_work():
        claim_address(get_account(person.id), require_address(address))
    return person


def addresses_of(app: Flask, person: Person) -> dict[str, bool]:
    """Every address of the account, and whether it is verified."""
    from webapp.accounts.service import get_account
    from webapp.infra.database import unit_of_work

    with entered(app), unit_of_work(writes=False):
        return {each.address: each.verified_at is not None for each in get_account(person.id).emails}
