"""Setting up an authenticator app: begun with a secret, in force with its first code, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import FACTORS, account_of, begin, confirm, factors_of, token_of
from tests.mailbox import letters_to
from tests.make import enrol_app, make_account, sign_in_by_api
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"APP_NAME": "Quay & Lantern", "SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "quay@example.org"}


@pytest.mark.database
def test_first_app_is_in_force_and_brings_ten_codes(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    begun = begin(client, token)
    assert account_of(app, person).second_factor_since is None
    answer = confirm(client, token, begun)
    assert (answer.status_code, len(set(answer.get_json()["recovery_codes"]))) == (200, 10)
    found = factors_of(client, token)
    assert [each["name"] for each in found["totp"]] == ["Authenticator app"]
    assert (found["recovery_codes"]["left"], found["required"]) == (10, False)
    assert account_of(app, person).second_factor_since is not None


def test_app_reads_issuer_and_username_from_the_address(app: Flask, client: FlaskClient) -> None:
    begun = begin(client, sign_in_by_api(client, make_account(app, "ada")))
    address = urlsplit(begun["otpauth_uri"])
    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/Quay%20%26%20Lantern:ada")
    assert parse_qs(address.query) == {"secret": [begun["secret"]], "issuer": ["Quay & Lantern"]}
    assert len(begun["secret"]) * 5 == 160


def test_secret_is_sealed_in_its_row(app: Flask, client: FlaskClient) -> None:
    from sqlalchemy import select

    from webapp.factors.models import TotpFactor
    from webapp.infra.database import db, unit_of_work

    begun = begin(client, sign_in_by_api(client, make_account(app)))
    with app.app_context(), unit_of_work(writes=False):
        stored = db.session.scalar(select(TotpFactor.secret))
    assert stored is not None
    assert begun["secret"].encode() not in stored


def test_first_factor_ends_every_other_session(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    elsewhere = app.test_client()
    theirs, mine = sign_in_by_api(elsewhere, person), sign_in_by_api(client, person)
    confirm(client, mine, begin(client, mine))
    answer = elsewhere.get(FACTORS, headers=theirs)
    assert (answer.status_code, answer.get_json()["cause"]) == (401, "factor_changed")
    assert client.get(FACTORS, headers=mine).status_code == 200


def test_second_app_ends_no_session_and_makes_no_codes(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    mine = sign_in_by_api(client, person)
    confirm(client, mine, begin(client, mine))
    elsewhere = token_of(app, person)
    answer = confirm(client, mine, begin(client, mine))
    assert answer.get_json() == {"recovery_codes": None}
    assert [each["name"] for each in factors_of(client, mine)["totp"]] == [
        "Authenticator app",
        "Authenticator app 2",
    ]
    assert app.test_client().get(FACTORS, headers=elsewhere).status_code == 200


def test_owner_hears_of_it_with_a_way_to_object(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    confirm(client, token, begin(client, token, name="Phone of Ada"))
    (letter,) = letters_to(app, person.email, kind="factor_added")
    assert "Phone of Ada" in letter.paragraphs[0]
    assert "/not-me/" in letter.others[0][1]
    assert events_of(app, "totp.enrolled") == ['{"name":"Phone of Ada"}']


def test_begun_app_is_replaced_by_the_next(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    first, second = begin(client, token), begin(client, token)
    assert confirm(client, token, first).status_code == 404
    assert confirm(client, token, second).status_code == 200


def test_begun_app_expires_after_an_hour(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        token = sign_in_by_api(client, person)
        begun = begin(client, token)
        clock.shift(timedelta(hours=1))
        again = sign_in_by_api(client, person)
        answer = confirm(client, again, begun)
        assert (answer.status_code, answer.get_json()["error"]) == (410, "enrolment_expired")


def test_app_is_confirmed_once(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    begun = begin(client, token)
    assert [confirm(client, token, begun).status_code for _ in range(2)] == [200, 404]


def test_sixth_app_is_refused(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    for _ in range(5):
        enrol_app(app, person)
    token = token_of(app, person)
    answer = client.post(f"{FACTORS}/totp", headers=token)
    assert (answer.status_code, answer.get_json()["error"]) == (409, "too_many_factors")


def test_app_of_somebody_else_cannot_be_confirmed(app: Flask, client: FlaskClient) -> None:
    begun = begin(client, sign_in_by_api(client, make_account(app)))
    other = app.test_client()
    assert confirm(other, sign_in_by_api(other, make_account(app)), begun).status_code == 404
