"""Being locked or unverified is told to whoever knows the password, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, make_account
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in, session_ids


@pytest.mark.parametrize("face", FACES)
def test_locked_account_is_told_so_after_the_right_password(
    app: Flask, client: FlaskClient, face: str
) -> None:
    person = make_account(app, locked=True)
    response = ask(face, client, person.username, person.password)
    assert response.status_code == 403
    assert "This account is locked." in response.get_data(as_text=True)
    assert (is_in(response), session_ids(app, person.id)) == (False, [])


@pytest.mark.parametrize("face", FACES)
def test_reason_of_a_lock_stays_with_the_administrators(app: Flask, client: FlaskClient, face: str) -> None:
    person = make_account(app, locked=True)
    assert "for this test" not in ask(face, client, person.username, person.password).get_data(as_text=True)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("locked", [True, False])
def test_refused_owner_uses_up_no_attempts(make_app: Callable[..., Flask], face: str, locked: bool) -> None:
    app = make_app(REQUIRE_VERIFIED_EMAIL="true", LIMIT_SIGNIN_PER_ACCOUNT="2/15m")
    owner = make_account(app, locked=locked, verified=locked)
    client = app.test_client()
    statuses = [ask(face, client, owner.username, owner.password).status_code for _ in range(4)]
    assert statuses == [403] * 4
    assert len(events_of(app, "login.refused")) == 4


@pytest.mark.parametrize("face", FACES)
def test_sign_in_waits_for_a_verified_address_where_it_is_asked_for(
    make_app: Callable[..., Flask], face: str
) -> None:
    app = make_app(REQUIRE_VERIFIED_EMAIL="true")
    person = make_account(app, verified=False)
    response = ask(face, app.test_client(), person.username, person.password)
    assert response.status_code == 403
    assert "not verified yet" in response.get_data(as_text=True)
    assert (is_in(response), session_ids(app, person.id)) == (False, [])


@pytest.mark.parametrize("face", FACES)
def test_person_whose_letter_was_lost_gets_another_after_the_right_password(
    make_app: Callable[..., Flask], face: str
) -> None:
    app = make_app(REQUIRE_VERIFIED_EMAIL="true", SMTP_URL="smtp://127.0.0.1", MAIL_FROM="door@example.org")
    person = make_account(app, verified=False)
    ask(face, app.test_client(), person.username, OTHER_PASSWORD)
    assert letters_to(app, person.email) == []
    refused = ask(face, app.test_client(), person.username, person.password)
    assert f"on its way to {person.email}" in refused.get_data(as_text=True)
    letter = letters_to(app, person.email, kind="verify_address")[0]
    pages = PageClient(app.test_client())
    pages.get(link_in(letter))
    pages.submit(password=person.password)
    assert is_in(ask(face, app.test_client(), person.username, person.password))


@pytest.mark.parametrize("face", FACES)
def test_unverified_person_signs_in_by_name_and_not_by_a_mere_claim(
    app: Flask, client: FlaskClient, face: str
) -> None:
    person = make_account(app, verified=False)
    assert is_in(ask(face, client, person.username, person.password))
    assert not is_in(ask(face, app.test_client(), person.email, person.password))


@pytest.mark.parametrize("face", FACES)
def test_address_that_two_people_claim_signs_nobody_in(app: Flask, client: FlaskClient, face: str) -> None:
    from webapp.accounts import service
    from webapp.accounts.names import require_address
    from webapp.accounts.passwords import hash_new_password
    from webapp.infra.database import unit_of_work

    one = make_account(app, verified=False)
    with app.app_context(), unit_of_work():
        hashed = hash_new_password(OTHER_PASSWORD, username="eve", address=one.email)
        service.create_account("eve", require_address(one.email), hashed)
    assert not is_in(ask(face, client, one.email, one.password))
    assert is_in(ask(face, client, one.username, one.password))
