"""Attempts on other people's addresses: claims, changes by a thief, links shown in the wrong place."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.attacks.recovery.work import statements_of
from tests.mailbox import letters_to
from tests.make import OTHER_PASSWORD, Person, make_account, make_administrator, sign_in_by_api
from tests.page_client import PageClient
from tests.profile.address_people import (
    MAIL,
    NEW,
    addresses_of,
    ask_for,
    change,
    claim_again,
    enter,
    undo_path,
    verify_path,
)
from tests.signin.faces import ask, is_in, seen_by_a_stranger


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


def test_change_to_somebodys_address_is_answered_like_one_to_nobodys(app: Flask, ada: Person) -> None:
    mallory = make_account(app, "mallory", password=OTHER_PASSWORD)
    answers = set()
    for email in (ada.email, NEW):
        client = app.test_client()
        headers = sign_in_by_api(client, mallory)
        answer = client.post("/api/v1/email", json={"email": email}, headers=headers)
        answers.add(seen_by_a_stranger(answer, email))
    assert len(answers) == 1


@pytest.mark.database
def test_registration_costs_the_same_work_whoever_owns_the_address(app: Flask, ada: Person) -> None:
    make_administrator(app)
    found = []
    for number, email in enumerate([ada.email, NEW, ada.email]):
        client = app.test_client()
        body = {"username": f"eve{number}", "email": email, "password": OTHER_PASSWORD}
        with statements_of(app) as statements:
            assert client.post("/api/v1/register", json=body).status_code == 202
        found.append(statements)
    assert found[0] == found[1] == found[2]


def test_claim_of_somebodys_address_yields_no_link_and_takes_nothing(app: Flask, ada: Person) -> None:
    mallory = make_account(app, "mallory", password=OTHER_PASSWORD)
    assert ask_for(app.test_client(), mallory, ada.email).status_code == 202
    assert letters_to(app, ada.email, kind="verify_address") == []
    assert is_in(ask("api", app.test_client(), ada.email, ada.password))
    assert not is_in(ask("api", app.test_client(), ada.email, mallory.password))


def test_verification_letter_opens_no_account(app: Flask, ada: Person, pages: PageClient) -> None:
    mallory = claim_again(app, NEW, "mallory")
    client = app.test_client()
    client.post("/api/v1/email/verification", headers=sign_in_by_api(client, mallory))
    victim = enter(app, ada)
    victim.get(verify_path(app, NEW))
    assert victim.submit(password=ada.password + "!").status == 403
    for kind in ("reset-password", "not-me", "undo-email", "invite", "setup"):
        token = verify_path(app, NEW).rpartition("/")[2]
        assert pages.get(f"/{kind}/{token}").status == 410


def test_unverified_claim_resets_no_password(app: Flask, ada: Person, pages: PageClient) -> None:
    mallory = claim_again(app, NEW, "mallory")
    pages.get("/forgot-password")
    pages.submit("/forgot-password", username=NEW)
    assert letters_to(app, NEW) == []
    assert is_in(ask("api", app.test_client(), "mallory", mallory.password))


def test_thief_of_a_session_cannot_change_the_address_without_the_password(app: Flask, ada: Person) -> None:
    from datetime import timedelta

    import time_machine

    from tests.make import refresh
    from webapp.core import clock

    client = app.test_client()
    sign_in_by_api(client, ada)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        headers = refresh(client)
        assert client.post("/api/v1/email", json={"email": NEW}, headers=headers).status_code == 401
        assert letters_to(app, NEW) == []


def test_thief_cannot_take_the_way_back_from_the_owner(app: Flask, ada: Person, pages: PageClient) -> None:
    thief = enter(app, ada)
    change(app, ada)
    # Whatever the thief does from within, with the password and the new mailbox.
    thief.get("/account/address")
    thief.submit("/account/address", email="second@example.net")
    thief.get(verify_path(app, "second@example.net"))
    thief.submit()
    pages.get("/forgot-password")
    pages.submit("/forgot-password", username="ada")
    reset = letters_to(app, "second@example.net", kind="password_reset")[0].action
    assert reset is not None
    pages.get(reset[1].removeprefix("https://localhost"))
    pages.submit(password=OTHER_PASSWORD)
    pages.get(undo_path(app, ada.email))
    assert pages.submit().heading == "Choose a new password"
    assert addresses_of(app, ada) == {ada.email: True}
    assert not is_in(ask("api", app.test_client(), "ada", OTHER_PASSWORD))


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"email": None}, {"email": ["a@example.net"]}, {"email": {"a": 1}}, {"email": 42}),
        *(
            {"email": NEW, "verified": True},
            {"email": NEW, "account_id": "x"},
            {"email": "\ud800@example.net"},
        ),
        *({"email": "new\x00@example.net"}, {"email": f"{NEW},other@example.net"}, {"email": f"<{NEW}>"}),
    ],
)
def test_body_of_another_form_is_refused(app: Flask, client: FlaskClient, ada: Person, body: object) -> None:
    headers = sign_in_by_api(client, ada)
    assert client.post("/api/v1/email", json=body, headers=headers).status_code == 422
    assert addresses_of(app, ada) == {ada.email: True}


def test_header_cannot_be_smuggled_into_a_letter(app: Flask, client: FlaskClient) -> None:
    make_administrator(app)
    body = {
        "username": "eve",
        "email": "eve@example.org\r\nBcc: victim@example.net",
        "password": OTHER_PASSWORD,
    }
    assert client.post("/api/v1/register", json=body).status_code == 422


def test_nobody_changes_the_address_of_another(app: Flask, ada: Person) -> None:
    mallory = make_account(app, "mallory", password=OTHER_PASSWORD)
    pages = enter(app, mallory)
    pages.get("/account/address")
    pages.submit("/account/address", email=NEW)
    ask_for(app.test_client(), ada, "third@example.net")
    pages.get(verify_path(app, "third@example.net"))
    assert pages.submit(password="").status == 403
    assert addresses_of(app, ada) == {ada.email: True, "third@example.net": False}
