"""A sign-in brings an outdated hash up to the settings of today; the person notices nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.make import OTHER_PASSWORD, Person, make_account
from tests.servers.application import ENVIRONMENT
from tests.signin.faces import FACES, ask, is_in

NEW_PEPPER = {
    "PASSWORD_PEPPER": "another-pepper-of-the-tests-0123456789-abcdefg",
    "PASSWORD_PEPPER_FALLBACKS": ENVIRONMENT["PASSWORD_PEPPER"],
}


def stored(app: Flask, person: Person) -> tuple[str, str, object]:
    """Hash, pepper version and when the password was chosen."""
    from webapp.accounts.models import Account
    from webapp.infra.database import db

    columns = (Account.password_hash, Account.pepper_version, Account.password_changed_at)
    with app.app_context():
        hashed, version, chosen = db.session.execute(select(*columns).where(Account.id == person.id)).one()
    return hashed or "", version or "", chosen


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("settings", [{"BCRYPT_ROUNDS": "5"}, NEW_PEPPER])
def test_sign_in_hashes_anew_under_other_settings(
    make_app: Callable[..., Flask], settings: dict[str, str], face: str
) -> None:
    person = make_account(make_app())
    app = make_app(**settings)
    before = stored(app, person)
    assert is_in(ask(face, app.test_client(), person.username, person.password))
    after = stored(app, person)
    assert after[:2] != before[:2]
    assert after[2] == before[2]
    assert is_in(ask(face, app.test_client(), person.username, person.password))
    assert stored(app, person) == after


@pytest.mark.parametrize("settings", [{"BCRYPT_ROUNDS": "5"}, NEW_PEPPER])
def test_wrong_password_leaves_the_hash_alone(
    make_app: Callable[..., Flask], settings: dict[str, str]
) -> None:
    person = make_account(make_app())
    app = make_app(**settings)
    before = stored(app, person)
    assert not is_in(ask("api", app.test_client(), person.username, OTHER_PASSWORD))
    assert stored(app, person) == before


def test_refused_owner_of_a_locked_account_is_not_hashed_anew(make_app: Callable[..., Flask]) -> None:
    person = make_account(make_app(), locked=True)
    app = make_app(BCRYPT_ROUNDS="5")
    assert ask("api", app.test_client(), person.username, person.password).status_code == 403
    assert stored(app, person)[0].startswith("$2b$04$")


@pytest.mark.parametrize("face", FACES)
def test_lost_pepper_tells_a_stranger_nothing_and_loses_nobody_their_password(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture, face: str
) -> None:
    person = make_account(make_app())
    app = make_app(PASSWORD_PEPPER=NEW_PEPPER["PASSWORD_PEPPER"], LIMIT_SIGNIN_PER_ACCOUNT="2/1d")
    for username in (person.username, "nobody"):
        answers = [ask(face, app.test_client(), username, person.password) for _ in range(3)]
        assert [each.status_code for each in answers] == [401, 401, 429]
    assert "PASSWORD_PEPPER_FALLBACKS" in caplog.text
    from webapp.infra.database import db
    from webapp.infra.models import AuditEvent

    with app.app_context():
        failed = db.session.scalars(select(AuditEvent.account_id).where(AuditEvent.name == "login.failed"))
        assert list(failed) == [person.id, person.id, None, None]
    assert is_in(ask(face, make_app().test_client(), person.username, person.password))
