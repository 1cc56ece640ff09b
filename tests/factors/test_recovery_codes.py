"""Recovery codes: ten, shown once, each good once, all replaced at once."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factors.faces import FACTORS, factors_of, take, token_of
from tests.mailbox import letters_to
from tests.make import enrol_app, make_account
from tests.signin.faces import events_of
from webapp.core.opaque import digest_of

CODES = f"{FACTORS}/recovery-codes"


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


def test_code_has_115_bits_in_groups_and_only_its_digest_is_kept(app: Flask) -> None:
    from webapp.factors.models import RecoveryCode
    from webapp.infra.database import db, unit_of_work

    codes = enrol_app(app, make_account(app)).recovery_codes
    assert all(re.fullmatch(r"([a-z2-7]{6}-){3}[a-z2-7]{5}", each) for each in codes)
    with app.app_context(), unit_of_work(writes=False):
        stored = set(db.session.scalars(select(RecoveryCode.code_digest)))
    assert stored == {digest_of(each.replace("-", "")) for each in codes}


@pytest.mark.database
def test_code_counts_once_and_leaves_nine(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    code = enrol_app(app, person).recovery_codes[3]
    assert [take(app, person, code) for _ in range(2)] == ["recovery_code", "invalid_code"]
    assert factors_of(client, token_of(app, person))["recovery_codes"]["left"] == 9


def test_case_and_grouping_do_not_matter(app: Flask) -> None:
    person = make_account(app)
    first, second, third, *_ = enrol_app(app, person).recovery_codes
    typed = [first.upper(), second.replace("-", ""), f"  {' '.join(third)}\n"]
    assert [take(app, person, each) for each in typed] == ["recovery_code"] * 3


def test_owner_hears_of_each_use_and_how_many_are_left(app: Flask) -> None:
    person = make_account(app)
    for code in enrol_app(app, person).recovery_codes[:9]:
        take(app, person, code)
    letters = letters_to(app, person.email, kind="recovery_code_used")
    assert "8 are left." in letters[1].paragraphs[0]
    assert "One is left." in letters[-1].paragraphs[0]
    assert "Make" not in letters[0].paragraphs[-1]
    assert "make new ones" in letters[-1].paragraphs[-1]
    assert events_of(app, "recovery_code.used")[-1] == '{"count":1}'


@pytest.mark.database
def test_new_codes_replace_every_earlier_one(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    before = enrol_app(app, person).recovery_codes
    take(app, person, before[0])
    answer = client.post(CODES, headers=token_of(app, person))
    after = answer.get_json()["recovery_codes"]
    assert (answer.status_code, len(set(after) | set(before))) == (201, 20)
    assert take(app, person, before[1]) == "invalid_code"
    assert take(app, person, after[0]) == "recovery_code"
    assert len(letters_to(app, person.email, kind="recovery_codes_made")) == 1


def test_code_of_somebody_else_is_worth_nothing_here_and_stays_good_there(app: Flask) -> None:
    person, other = make_account(app), make_account(app)
    code = enrol_app(app, person).recovery_codes[0]
    enrol_app(app, other)
    assert take(app, other, code) == "invalid_code"
    assert take(app, person, code) == "recovery_code"


def test_no_codes_without_a_factor(app: Flask, client: FlaskClient) -> None:
    answer = client.post(CODES, headers=token_of(app, make_account(app)))
    assert (answer.status_code, answer.get_json()["error"]) == (409, "no_second_factor")


def test_codes_are_no_longer_good_when_the_last_factor_is_gone(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    enrolled = enrol_app(app, person)
    client.delete(f"{FACTORS}/{enrolled.id}", headers=token_of(app, person))
    assert take(app, person, enrolled.recovery_codes[0]) == "invalid_code"


def test_codes_stand_in_no_list_and_no_event(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    codes = enrol_app(app, person).recovery_codes
    shown = client.get(FACTORS, headers=token_of(app, person)).get_data(as_text=True)
    told = "".join(events_of(app, "recovery_codes.made") + events_of(app, "totp.enrolled"))
    assert not [each for each in codes if each in shown + told]
