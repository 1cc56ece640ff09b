"""Asking for a reset link tells nobody whether there is an account, an address or a lock: not even by its work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.attacks.recovery.work import statements_of
from tests.make import OTHER_PASSWORD, Person, make_account
from tests.page_client import PageClient
from tests.signin.faces import Answer, ask, seen_by_a_stranger

KINDS = (
    "verified",
    "by address",
    "asked lately",
    "unverified",
    "locked",
    "no password",
    "unknown",
    "not a name",
)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


def make_kind(app: Flask, kind: str) -> str:
    """The name to ask under."""
    if kind in {"unknown", "not a name"}:
        return "nobody" if kind == "unknown" else "' OR 1=1 --@"
    person = make_account(app, "ada", verified=kind != "unverified", locked=kind == "locked")
    if kind == "no password":
        forget_password(app, person)
    if kind == "asked lately":
        answer_for(app, "ada")
    return person.email if kind == "by address" else person.username


def forget_password(app: Flask, person: Person) -> None:
    from webapp.accounts.service import get_account
    from webapp.infra.database import unit_of_work

    with app.app_context(), unit_of_work():
        account = get_account(person.id)
        account.password_hash = account.password_scheme = None


def answer_for(app: Flask, name: str, client: object = None) -> Answer:
    pages = PageClient(app.test_client())
    token = pages.get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "username": name}
    return seen_by_a_stranger(pages.client.post("/forgot-password", data=data), name)


@pytest.mark.parametrize("kind", KINDS)
def test_account_of_any_kind_is_answered_like_none(app: Flask, kind: str) -> None:
    name = make_kind(app, kind)
    answer = answer_for(app, name)
    assert (answer, answer.status) == (answer_for(app, "somebody-else"), 303)


@pytest.mark.database
@pytest.mark.parametrize("kind", KINDS)
def test_answer_costs_the_same_work_whoever_is_named(app: Flask, kind: str) -> None:
    name = make_kind(app, kind)
    assert statements_for(app, name) == statements_for(app, "somebody-else")


def statements_for(app: Flask, name: str) -> dict[str, int]:
    pages = PageClient(app.test_client())
    token = pages.get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    with statements_of(app) as found:
        answer = pages.client.post("/forgot-password", data={"csrf_token": token, "username": name})
    assert answer.status_code == 303
    return found


def test_what_is_done_for_nobody_leaves_nothing(app: Flask) -> None:
    from webapp.infra.database import db
    from webapp.infra.models import Mail, SingleUseLink

    answer_for(app, "nobody")
    with app.app_context():
        assert [db.session.query(each).count() for each in (Mail, SingleUseLink)] == [0, 0]


def test_strangers_who_ask_keep_nobody_from_signing_in_or_resetting(app: Flask) -> None:
    ada = make_account(app, "ada")
    for _ in range(20):
        answer_for(app, "ada")
    assert ask("api", app.test_client(), "ada", ada.password).status_code == 200


def test_flood_from_one_address_is_refused_for_every_name_alike(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="3/1d")
    make_account(app, "ada")
    statuses = [answer_for(app, name).status for name in ("ada", "nobody", "ada", "ada", "nobody")]
    assert statuses == [303, 303, 303, 429, 429]


def test_name_that_was_typed_is_written_down_nowhere(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    from webapp.infra.database import db
    from webapp.infra.models import AuditEvent

    with caplog.at_level("DEBUG", logger="latchkey"):
        answer_for(app, OTHER_PASSWORD)
    with app.app_context():
        assert "login" not in str(db.session.execute(select(AuditEvent.name, AuditEvent.detail)).all())
        assert OTHER_PASSWORD not in str(db.session.execute(select(*AuditEvent.__table__.columns)).all())
    assert OTHER_PASSWORD not in caplog.text


def test_link_is_built_from_the_public_address_alone(app: Flask) -> None:
    from tests.mailbox import letters_to

    ada = make_account(app, "ada")
    pages = PageClient(app.test_client())
    token = pages.get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    pages.client.post("/forgot-password", data={"csrf_token": token, "username": "ada"}, headers=headers)
    (letter,) = letters_to(app, ada.email)
    assert letter.action is not None
    assert letter.action[1].startswith("https://localhost/reset-password/")
