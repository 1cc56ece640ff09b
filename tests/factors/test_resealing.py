"""ENCRYPTION_KEY replaced: secrets of apps move to the new key, and the former one can go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factors.faces import take
from tests.make import enrol_app, make_account
from tests.servers.application import ENVIRONMENT
from webapp.factors.resealing import reseal_secrets
from webapp.infra.database import unit_of_work
from webapp.ops.maintenance import TASKS

FORMER = ENVIRONMENT["ENCRYPTION_KEY"]
OTHER = "another-encryption-key-0123456789-abcdefghij"


def reseal(app: Flask) -> int:
    with app.app_context(), unit_of_work(writes=False):
        return reseal_secrets(10)


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


def test_it_is_a_task_of_the_maintenance() -> None:
    assert "Secrets of authenticator apps sealed anew" in {each.name for each in TASKS}
