"""Who registers is sent a link; whose address it is already is warned; the stranger at the form learns neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, PASSWORD, make_account, make_administrator
from tests.page_client import PageClient
from tests.profile.address_people import MAIL, NEW, change, claim_again
from tests.signin.faces import seen_by_a_stranger

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


def register(app: Flask, username: str, email: str) -> None:
    body = {"username": username, "email": email, "password": OTHER_PASSWORD}
    assert app.test_client().post("/api/v1/register", json=body).status_code == 202


@pytest.mark.database
def test_new_address_is_sent_a_link_that_names_the_account(app: Flask) -> None:
    make_administrator(app)
    register(app, "eve", "Eve@example.org")
    (letter,) = letters_to(app, "Eve@example.org")
    assert letter.subject == "Verify your address for Latchkey"
    assert "the account eve" in letter.paragraphs[0]
    assert link_in(letter).startswith("/verify-email/")


def test_page_says_where_the_letter_went(app: Flask, pages: PageClient) -> None:
    make_administrator(app)
    pages.get("/register")
    page = pages.submit("/register", username="eve", email="eve@example.org", password=PASSWORD)
    assert "goes to eve@example.org" in page.text
    assert letters_to(app, "eve@example.org")


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.org", "ada@\uff45xample.org"])
def test_owner_of_the_address_is_warned_in_place_of_it(app: Flask, email: str) -> None:
    make_administrator(app)
    owner = make_account(app, "ada")
    register(app, "eve", email)
    (letter,) = letters_to(app, owner.email)
    assert "tried to create an account with your address" in letter.paragraphs[0]
    assert link_in(letter) == "/login"
    assert [label for label, _ in letter.others] == ["Choose a new password"]
    assert "verify-email" not in repr(letter)
    assert "eve" not in repr(letter)


def test_owner_is_warned_once_an_hour(app: Flask) -> None:
    make_administrator(app)
    owner = make_account(app, "ada")
    with time_machine.travel(START, tick=False) as clock:
        for number in range(3):
            register(app, f"eve{number}", owner.email)
        assert len(letters_to(app, owner.email)) == 1
        clock.shift(timedelta(hours=1))
        register(app, "eve9", owner.email)
        assert len(letters_to(app, owner.email)) == 2


def test_address_replaced_lately_still_belongs_to_its_owner(app: Flask) -> None:
    make_administrator(app)
    owner = make_account(app, "ada")
    change(app, owner)
    register(app, "eve", owner.email)
    assert len(letters_to(app, owner.email, kind="address_taken")) == 1
    assert letters_to(app, owner.email, kind="verify_address") == []


def test_answer_is_the_same_whoever_owns_the_address(app: Flask, client: FlaskClient) -> None:
    make_administrator(app)
    owner = make_account(app, "ada")
    claim_again(app, "claimed@example.org")
    answers = set()
    for number, email in enumerate([owner.email, "claimed@example.org", NEW, owner.email]):
        body = {"username": f"eve{number}", "email": email, "password": OTHER_PASSWORD}
        answers.add(seen_by_a_stranger(client.post("/api/v1/register", json=body), email))
    assert len(answers) == 1


def test_page_is_the_same_whoever_owns_the_address(app: Flask) -> None:
    make_administrator(app)
    make_account(app, "ada")
    texts = set()
    for number, email in enumerate(["ada@example.org", "eva@example.org"]):
        pages = PageClient(app.test_client())
        pages.get("/register")
        page = pages.submit("/register", username=f"eve{number}", email=email, password=PASSWORD)
        texts.add(page.text.replace(email, "ADDRESS").replace(f"eve{number}", "NAME"))
    assert len(texts) == 1


def test_no_mailbox_is_filled_by_registering_again_and_again(app: Flask) -> None:
    make_administrator(app)
    for number in range(8):
        register(app, f"eve{number}", "victim@example.org")
    assert len(letters_to(app, "victim@example.org")) == 5


def test_refused_registration_writes_to_nobody(app: Flask, client: FlaskClient) -> None:
    make_administrator(app)
    make_account(app, "ada")
    body = {"username": "ada", "email": NEW, "password": OTHER_PASSWORD}
    assert client.post("/api/v1/register", json=body).status_code == 422
    assert letters_to(app, NEW) == []
