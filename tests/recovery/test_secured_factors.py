"""What securing takes away that somebody else may have added: fresh factors, recovery codes, an address that waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.factors.faces import account_of, take, token_of
from tests.factors.soft_authenticator import enrol
from tests.make import enrol_app, entered, make_account, make_not_me_path
from tests.signin.faces import events_of
from webapp.accounts.addresses import claim_address
from webapp.accounts.names import require_address
from webapp.accounts.notices import NOT_ME_LIFETIME
from webapp.accounts.service import get_account
from webapp.factors.service import list_factors
from webapp.infra.database import unit_of_work
from webapp.recovery.not_me import Secured, Way, secure_account

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person
    from tests.page_client import PageClient

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
WAYS: tuple[Way, ...] = ("activity", "letter", "administrator")
# From without nobody reviews what is there.
FROM_WITHOUT: tuple[Way, ...] = ("letter", "administrator")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


def secure(app: Flask, person: Person, way: Way) -> Secured:
    with entered(app), unit_of_work():
        return secure_account(person.id, way=way)


def names_of(app: Flask, person: Person) -> set[str]:
    with entered(app), unit_of_work(writes=False):
        return list_factors(person.id).names


@pytest.mark.database
@pytest.mark.parametrize("way", FROM_WITHOUT)
def test_factors_of_the_last_seven_days_go_and_the_last_ends_the_second_step(app: Flask, way: Way) -> None:
    person = make_account(app)
    enrol_app(app, person, "Thief's app")
    enrol(app.test_client(), token_of(app, person))
    secured = secure(app, person, way)
    assert (secured.removed_factors, secured.factors, names_of(app, person)) == (2, (), set())
    assert account_of(app, person).second_factor_since is None
    assert len(events_of(app, "totp.removed")) == len(events_of(app, "passkey.removed")) == 1
    assert "Thief's app" in events_of(app, "totp.removed")[0]


@pytest.mark.database
@pytest.mark.parametrize("way", FROM_WITHOUT)
def test_older_factor_stays_and_asks_for_the_second_step(
    app: Flask, clock: time_machine.Traveller, way: Way
) -> None:
    person = make_account(app)
    enrol_app(app, person, "Own app")
    clock.shift(NOT_ME_LIFETIME + timedelta(seconds=1))
    enrol(app.test_client(), token_of(app, person))
    assert secure(app, person, way).removed_factors == 1
    assert names_of(app, person) == {"Own app"}
    assert account_of(app, person).second_factor_since == START


def test_page_of_the_letter_says_so_and_does_it(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    path = make_not_me_path(app, person)
    enrol_app(app, person)
    page = pages.get(path)
    assert "Second factors added since this letter was written are removed" in page.text
    assert "Recovery codes are void" in page.text
    assert names_of(app, person) != set()
    pages.submit()
    assert names_of(app, person) == set()


def test_factor_that_was_there_before_the_letter_outlives_it(
    app: Flask, pages: PageClient, clock: time_machine.Traveller
) -> None:
    person = make_account(app)
    enrol_app(app, person, "Own app")
    clock.shift(60)
    # Whoever reads the mail can have such a letter sent, by asking for a reset.
    pages.get(make_not_me_path(app, person))
    pages.submit()
    assert names_of(app, person) == {"Own app"}
    assert account_of(app, person).second_factor_since == START


def test_from_within_nothing_is_removed(app: Flask) -> None:
    person = make_account(app)
    enrol_app(app, person, "My app")
    secured = secure(app, person, "activity")
    assert ([each.name for each in secured.factors], secured.removed_factors) == (["My app"], 0)
    assert account_of(app, person).second_factor_since == START


@pytest.mark.database
@pytest.mark.parametrize("way", WAYS)
def test_recovery_codes_are_void_in_every_way(app: Flask, clock: time_machine.Traveller, way: Way) -> None:
    person = make_account(app)
    device = enrol_app(app, person)
    clock.shift(NOT_ME_LIFETIME + timedelta(seconds=1))
    assert take(app, person, device.recovery_codes[0]) == "recovery_code"
    assert secure(app, person, way).recovery_codes == 9
    assert take(app, person, device.recovery_codes[1]) != "recovery_code"
    assert take(app, person, device.code()) == "totp"


@pytest.mark.parametrize("way", WAYS)
def test_address_that_waits_beside_a_verified_one_is_dropped(app: Flask, way: Way) -> None:
    person = make_account(app)
    with entered(app), unit_of_work():
        claim_address(get_account(person.id), require_address("thief@example.net"))
    secure(app, person, way)
    with entered(app), unit_of_work(writes=False):
        assert [each.address for each in get_account(person.id).emails] == [person.email]


def test_only_address_stays_though_it_is_not_verified(app: Flask) -> None:
    person = make_account(app, verified=False)
    secure(app, person, "letter")
    with entered(app), unit_of_work(writes=False):
        assert [each.address for each in get_account(person.id).emails] == [person.email]
