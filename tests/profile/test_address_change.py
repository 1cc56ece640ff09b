"""Another address at the API: asked for with a fresh proof, in force once the letter there is confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.mailbox import letters_to
from tests.make import Person, make_account, make_reset_path, sign_in_by_api
from tests.page_client import PageClient
from tests.profile.address_people import (
    MAIL,
    NEW,
    addresses_of,
    ask_for,
    change,
    claim_again,
    enter,
    verify_path,
)
from tests.signin.faces import ask, events_of, is_in, session_ids
from webapp.core import clock


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


@pytest.mark.database
@pytest.mark.parametrize("version", ["v1"])
def test_address_waits_until_its_letter_is_confirmed(
    app: Flask, client: FlaskClient, ada: Person, version: str
) -> None:
    headers = sign_in_by_api(client, ada)
    answer = client.post(f"/api/{version}/email", json={"email": NEW}, headers=headers)
    assert (answer.status_code, NEW in answer.get_json()["message"]) == (202, True)
    profile = client.get("/api/v1/profile", headers=headers).get_json()
    assert (profile["email"], profile["pending_email"]) == (ada.email, NEW)
    assert addresses_of(app, ada) == {ada.email: True, NEW: False}
    assert letters_to(app, ada.email) == []


@pytest.mark.database
def test_confirmed_address_replaces_the_old_one_which_is_told(app: Flask, ada: Person) -> None:
    pages = enter(app, ada)
    assert ask_for(app.test_client(), ada, NEW).status_code == 202
    assert f"takes the place of {ada.email}" in pages.get(verify_path(app, NEW)).text
    pages.submit()
    assert addresses_of(app, ada) == {NEW: True}
    (letter,) = letters_to(app, ada.email, kind="address_changed")
    assert "/undo-email/" in repr(letter)
    assert NEW not in repr(letter)
    assert is_in(ask("api", app.test_client(), NEW, ada.password))
    assert not is_in(ask("api", app.test_client(), ada.email, ada.password))
    assert events_of(app, "address.changed") == [f'{{"after":"{NEW}","before":"{ada.email}"}}']


def test_change_ends_no_session_and_voids_reset_links_of_the_old_mailbox(app: Flask, ada: Person) -> None:
    reset = make_reset_path(app, ada)
    pages = enter(app, ada)
    change(app, ada)
    assert pages.get("/account/address").status == 200
    assert len(session_ids(app, ada.id)) == 2
    assert pages.get(reset).heading == "This link has been replaced"


def test_later_wish_takes_the_place_of_the_earlier(app: Flask, client: FlaskClient, ada: Person) -> None:
    ask_for(client, ada, NEW)
    ask_for(client, ada, "third@example.net")
    assert addresses_of(app, ada) == {ada.email: True, "third@example.net": False}
    page = PageClient(app.test_client()).get(verify_path(app, NEW))
    assert (page.status, page.heading) == (410, "This link has been replaced")


def test_claimed_address_of_an_unverified_account_is_replaced_at_once(
    app: Flask, client: FlaskClient
) -> None:
    person = make_account(app, verified=False)
    ask_for(client, person, NEW)
    assert addresses_of(app, person) == {NEW: False}


def test_dropping_the_wish_voids_its_link(app: Flask, client: FlaskClient, ada: Person) -> None:
    headers = sign_in_by_api(client, ada)
    client.post("/api/v1/email", json={"email": NEW}, headers=headers)
    for _ in range(2):
        assert client.delete("/api/v1/email", headers=headers).status_code == 204
    assert addresses_of(app, ada) == {ada.email: True}
    assert PageClient(app.test_client()).get(verify_path(app, NEW)).status == 410


def test_only_address_of_an_account_is_not_dropped(app: Flask, client: FlaskClient) -> None:
    person = make_account(app, verified=False)
    assert client.delete("/api/v1/email", headers=sign_in_by_api(client, person)).status_code == 204
    assert addresses_of(app, person) == {person.email: False}


def test_letter_is_sent_again_a_few_times(app: Flask, client: FlaskClient) -> None:
    person = claim_again(app, NEW)
    headers = sign_in_by_api(client, person)
    answers = [client.post("/api/v1/email/verification", headers=headers) for _ in range(6)]
    assert [each.status_code for each in answers] == [202] * 5 + [429]
    assert len(letters_to(app, NEW)) == 5
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=5)):
        headers = sign_in_by_api(client, person)
        assert client.post("/api/v1/email/verification", headers=headers).status_code == 202


def test_nothing_to_verify_is_said(client: FlaskClient, ada: Person) -> None:
    answer = client.post("/api/v1/email/verification", headers=sign_in_by_api(client, ada))
    assert (answer.status_code, answer.get_json()["error"]) == (409, "nothing_to_verify")


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", " ada@example.org "])
def test_present_address_is_no_other(client: FlaskClient, ada: Person, email: str) -> None:
    answer = ask_for(client, ada, email)
    assert (answer.status_code, set(answer.get_json()["fields"])) == (422, {"email"})


@pytest.mark.parametrize(
    "email",
    [
        "",
        "new",
        "new@localhost",
        "a@b@c.org",
        "n" * 250 + "@example.net",
        "n" * 300,
        "new@example.net\r\nBcc: x@a.org",
    ],
)
def test_address_must_be_one(app: Flask, client: FlaskClient, ada: Person, email: str) -> None:
    answer = ask_for(client, ada, email)
    assert (answer.status_code, set(answer.get_json()["fields"])) == (422, {"email"})
    assert addresses_of(app, ada) == {ada.email: True}


def test_longest_address_is_taken(app: Flask, client: FlaskClient, ada: Person) -> None:
    longest = f"{'n' * 64}@{'.'.join(['d' * 46] * 4)}.ab"[:254]
    answer = ask_for(client, ada, longest)
    assert (len(longest), answer.status_code) == (254, 202)
    assert letters_to(app, longest)


def test_change_needs_a_fresh_proof(client: FlaskClient, ada: Person) -> None:
    headers = sign_in_by_api(client, ada)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        from tests.make import refresh

        headers = refresh(client)
        answer = client.post("/api/v1/email", json={"email": NEW}, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "insufficient_user_authentication")


@pytest.mark.parametrize(
    ("method", "path"), [("post", "/email"), ("delete", "/email"), ("post", "/email/verification")]
)
def test_nobody_signed_out_gets_in(client: FlaskClient, method: str, path: str) -> None:
    answer = getattr(client, method)(f"/api/v1{path}", json={"email": NEW} if path == "/email" else None)
    assert answer.status_code == 401
