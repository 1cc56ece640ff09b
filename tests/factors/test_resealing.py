"""ENCRYPTION_KEY replaced: secrets of apps move to the new key, and the former one can go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factors.faces import take
from tests.make import enrol_app, make_account
from tests.servers.application import ENVIRONMENT
from webapp.factors.models import TotpFactor
from webapp.factors.resealing import reseal_app_secrets
from webapp.infra.database import db, unit_of_work
from webapp.infra.sealing import Sealer
from webapp.ops.maintenance import TASKS

FORMER = ENVIRONMENT["ENCRYPTION_KEY"]
OTHER = "another-encryption-key-0123456789-abcdefghij"


def reseal(app: Flask) -> int:
    with app.app_context(), unit_of_work(writes=False):
        return reseal_app_secrets(10)


@pytest.mark.database
def test_code_is_good_under_the_new_key_alone(make_app: Callable[..., Flask]) -> None:
    person = make_account(make_app())
    enrolled = enrol_app(make_app(), person)
    both = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER)
    assert [reseal(both), reseal(both)] == [1, 0]
    assert take(make_app(ENCRYPTION_KEY=OTHER), person, enrolled.code()) == "totp"


def test_code_is_good_while_both_keys_are_there(make_app: Callable[..., Flask]) -> None:
    person = make_account(make_app())
    enrolled = enrol_app(make_app(), person)
    both = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER)
    assert take(both, person, enrolled.code()) == "totp"


def test_node_that_knows_neither_key_changes_nothing_and_takes_nothing(
    make_app: Callable[..., Flask],
) -> None:
    person = make_account(make_app())
    enrolled = enrol_app(make_app(), person)
    stranger = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=OTHER[::-1])
    assert (reseal(stranger), take(stranger, person, enrolled.code())) == (0, "sealed_value_unreadable")
    assert take(make_app(), person, enrolled.code()) == "totp"


def test_secrets_that_no_key_opens_keep_no_other_from_the_new_key(make_app: Callable[..., Flask]) -> None:
    app, both = make_app(), make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER)
    ids = sorted(enrol_app(app, make_account(app, f"person{number}")).id for number in range(6))
    with app.app_context(), unit_of_work():
        # Of a key that is lost, and of another row: both come before the others.
        lost = Sealer("lost" * 12).seal(b"secret", "anywhere")
        moved = db.session.scalar(select(TotpFactor.secret).where(TotpFactor.id == ids[5]))
        for factor_id, secret in zip(ids, (lost, lost, moved, moved), strict=False):
            db.session.execute(update(TotpFactor).where(TotpFactor.id == factor_id).values(secret=secret))
    with both.app_context(), unit_of_work(writes=False):
        assert [reseal_app_secrets(1) for _ in range(3)] == [1, 1, 0]


def test_it_is_a_task_of_the_maintenance() -> None:
    assert "Secrets of authenticator apps sealed anew" in {each.name for each in TASKS}
