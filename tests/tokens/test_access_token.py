"""Access tokens as they are issued: the header and claims of RFC 9068, and what the session makes of them at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from tests.make import Person, bearer, make_administrator
from tests.tokens.forged_tokens import parts_of, signing_key
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder, code_of
from webapp.access.visitor import require_bearer
from webapp.accounts import service as accounts
from webapp.accounts.models import EmailAddress
from webapp.config import current_settings
from webapp.infra.database import db, unit_of_work
from webapp.sessions.models import Session
from webapp.tokens.access import verify_access_token

pytestmark = pytest.mark.usefixtures("clock")


def test_token_has_exactly_the_header_and_claims_of_the_profile(app: Flask, holder: Holder) -> None:
    header, claims = parts_of(holder.access_token)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": signing_key(app).kid}
    moment = int(START.timestamp())
    session_id, token_id, lasts = claims.pop("sid"), claims.pop("jti"), claims.pop("exp") - moment
    with app.app_context():
        settings = current_settings()
    assert claims == {
        "iss": "https://localhost",
        "aud": settings.jwt_audience,
        "sub": holder.person.id,
        "client_id": "latchkey-web",
        "iat": moment,
        "nbf": moment,
        "auth_time": moment,
        "amr": ["pwd"],
        "scope": "read:profile write:profile",
        "rtc": 1,
    }
    assert len({session_id, token_id, holder.person.id}) == 3
    assert lasts == settings.access_token_lifetime.total_seconds()


def test_token_says_of_the_person_nothing_but_an_opaque_id(holder: Holder) -> None:
    text = str(parts_of(holder.access_token))
    assert holder.person.username not in text
    assert holder.person.email not in text


def test_each_token_has_an_id_of_its_own_and_the_time_of_the_sign_in(
    holder: Holder, clock: time_machine.Traveller
) -> None:
    _, before = parts_of(holder.access_token)
    clock.shift(30)
    holder.show()
    _, after = parts_of(holder.access_token)
    assert before["jti"] != after["jti"]
    assert (after["auth_time"], after["iat"], after["rtc"]) == (before["auth_time"], before["iat"] + 30, 2)


def test_token_ends_with_its_session(app: Flask, holder: Holder, clock: time_machine.Traveller) -> None:
    with app.app_context(), unit_of_work():
        db.session.query(Session).update({"ends_at": START + timedelta(seconds=90.7)})
    answer = holder.show()
    _, claims = parts_of(holder.access_token)
    assert answer.get_json()["expires_in"] == claims["exp"] - claims["iat"] == 90
    clock.shift(91)
    assert holder.call().get_json()["cause"] == "absolute"


@pytest.mark.parametrize(("late", "code"), [(9, 200), (11, 401)])
def test_expired_token_is_taken_for_ten_seconds_more(
    holder: Holder, clock: time_machine.Traveller, late: int, code: int
) -> None:
    _, claims = parts_of(holder.access_token)
    clock.move_to(claims["exp"] + late)
    assert holder.call().status_code == code


def test_token_of_a_locked_account_is_refused_at_once(app: Flask, holder: Holder) -> None:
    with app.app_context(), unit_of_work():
        accounts.lock(accounts.get_account(holder.person.id), "for this test", actor_id=None)
    assert code_of(holder.call()) == (401, "session_ended")
    assert holder.show().get_json()["cause"] == "account_locked"


def scopes_now(app: Flask, token: str) -> frozenset[str]:
    with app.test_request_context("/", headers=bearer(token)):
        return require_bearer(None).scopes


def change_roles(app: Flask, person: Person, *names: str) -> None:
    with app.app_context(), unit_of_work():
        accounts.change_roles(accounts.get_account(person.id), names, actor_id=person.id)


def test_role_taken_away_takes_its_scopes_from_tokens_already_issued(app: Flask) -> None:
    make_administrator(app)
    holder = Holder(app, make_administrator(app))
    assert "admin:read" in scopes_now(app, holder.access_token)
    change_roles(app, holder.person, "user")
    assert scopes_now(app, holder.access_token) == {"read:profile", "write:profile"}


def test_role_given_later_comes_with_the_next_renewal_only(app: Flask, holder: Holder) -> None:
    change_roles(app, holder.person, "user", "administrator")
    assert "admin:read" not in scopes_now(app, holder.access_token)
    assert "admin:read" in holder.show().get_json()["scope"].split()


def test_address_no_longer_verified_holds_tokens_back_to_the_profile(app: Flask) -> None:
    holder = Holder(app, make_administrator(app))
    with app.app_context(), unit_of_work():
        db.session.execute(update(EmailAddress).values(verified_at=None))
    assert scopes_now(app, holder.access_token) == {"read:profile", "write:profile"}


def test_verified_claims_are_those_that_were_signed(app: Flask, holder: Holder) -> None:
    _, claims = parts_of(holder.access_token)
    with app.app_context():
        verified = verify_access_token(holder.access_token)
    assert (verified.account_id, verified.session_id) == (claims["sub"], claims["sid"])
    assert verified.scopes == frozenset(claims["scope"].split())
    assert (verified.counter, verified.expires_at) == (claims["rtc"], claims["exp"])
