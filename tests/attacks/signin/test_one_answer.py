"""A stranger cannot tell an account that exists from one that does not: one answer, after the same work."""

from __future__ import annotations

from collections.abc import Callable

import bcrypt
import pytest
from flask import Flask
from sqlalchemy import update

from tests.make import OTHER_PASSWORD, Person, make_account
from tests.signin.faces import FACES, Answer, ask, events_of, is_in, seen_by_a_stranger

KINDS = (
    "wrong",
    "wrong address",
    "locked",
    "unverified",
    "no password",
    "unknown scheme",
    "lost pepper",
    "two claims",
)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"REQUIRE_VERIFIED_EMAIL": "true"}


def make_kind(app: Flask, kind: str) -> str:
    """The name of an account of that kind."""
    person = make_account(
        app, "somebody", locked=kind == "locked", verified=kind not in {"unverified", "two claims"}
    )
    if kind == "no password":
        change(app, person, password_hash=None, password_scheme=None)
    if kind == "unknown scheme":
        change(app, person, password_scheme="md5")
    if kind == "lost pepper":
        change(app, person, pepper_version="lost")
    if kind == "two claims":
        claim_again(app, person)
    return person.email if kind in {"wrong address", "two claims"} else person.username


def change(app: Flask, person: Person, **values: str | None) -> None:
    from webapp.accounts.models import Account
    from webapp.infra.database import db, unit_of_work

    with app.app_context(), unit_of_work():
        db.session.execute(update(Account).where(Account.id == person.id).values(**values))


def claim_again(app: Flask, person: Person) -> None:
    from webapp.accounts.models import EmailAddress
    from webapp.infra.database import db, unit_of_work

    other = make_account(app, verified=False)
    with app.app_context(), unit_of_work():
        claim = update(EmailAddress).where(EmailAddress.account_id == other.id)
        db.session.execute(claim.values(address=person.email, address_key=person.email))


def answer_for(app: Flask, face: str, username: str) -> Answer:
    return seen_by_a_stranger(ask(face, app.test_client(), username, OTHER_PASSWORD), username)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("kind", KINDS)
def test_account_of_any_kind_is_refused_like_one_that_does_not_exist(
    app: Flask, face: str, kind: str
) -> None:
    username = make_kind(app, kind)
    expected = answer_for(app, face, "nobody")
    assert expected.status == 401
    assert answer_for(app, face, username) == expected


@pytest.mark.parametrize("kind", ["no password", "unknown scheme", "lost pepper"])
def test_account_without_a_usable_password_lets_nobody_in(app: Flask, kind: str) -> None:
    username = make_kind(app, kind)
    client = app.test_client()
    assert not any(is_in(ask("api", client, username, word)) for word in ("", "None", "null"))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("kind", ["unknown", *KINDS])
def test_refusal_costs_the_same_work_whoever_is_named(
    app: Flask, monkeypatch: pytest.MonkeyPatch, face: str, kind: str
) -> None:
    username = "nobody" if kind == "unknown" else make_kind(app, kind)
    checked: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        checked.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    ask(face, app.test_client(), username, OTHER_PASSWORD)
    assert [hashed[:7] for hashed in checked] == [b"$2b$04$"]


@pytest.mark.parametrize("kind", ["unknown", "wrong"])
def test_attempts_run_out_for_every_name_alike(make_app: Callable[..., Flask], kind: str) -> None:
    app = make_app(LIMIT_SIGNIN_PER_ACCOUNT="3/1d")
    username = "nobody" if kind == "unknown" else make_kind(app, kind)
    client = app.test_client()
    assert [ask("api", client, username, "x").status_code for _ in range(5)] == [401] * 3 + [429] * 2


def test_name_that_was_typed_is_not_written_down(app: Flask) -> None:
    ask("api", app.test_client(), OTHER_PASSWORD, OTHER_PASSWORD)
    assert events_of(app, "login.failed") == ["{}"]


def test_sentence_of_the_refusal_names_no_reason(app: Flask) -> None:
    answer = ask("api", app.test_client(), "nobody", OTHER_PASSWORD).get_json()
    assert answer["error"] == "invalid_credentials"
    assert not {"locked", "unknown", "password is wrong", "verified"} & set(answer["message"].split())
