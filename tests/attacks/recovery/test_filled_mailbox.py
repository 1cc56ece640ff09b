"""Nobody's mailbox is filled with reset links, and nobody's letter is kept back by strangers who name their address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.attacks.recovery.work import statements_of
from tests.mailbox import letters_to, link_in
from tests.make import OTHER_PASSWORD, Person, make_account, make_administrator, sign_in_by_api
from tests.page_client import PageClient
from tests.profile.address_people import MAIL, ask_for, claim_again
from tests.signin.faces import events_of, seen_by_a_stranger

if TYPE_CHECKING:
    from flask import Flask

    from tests.signin.faces import Answer

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
STEP = timedelta(minutes=5)
ADDRESS = "victim@example.net"
AGAIN = "/api/v1/email/verification"


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


def forget(app: Flask, name: str) -> Answer:
    pages = PageClient(app.test_client())
    token = pages.get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "username": name}
    return seen_by_a_stranger(pages.client.post("/forgot-password", data=data), name)


def work_for(app: Flask, name: str) -> dict[str, int]:
    pages = PageClient(app.test_client())
    token = pages.get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    with statements_of(app) as found:
        pages.client.post("/forgot-password", data={"csrf_token": token, "username": name})
    return found


def reset_letters(app: Flask, person: Person) -> int:
    return len(letters_to(app, person.email, kind="password_reset"))


def newest_link(app: Flask, person: Person) -> str:
    return link_in(letters_to(app, person.email, kind="password_reset")[-1])


@pytest.mark.database
def test_after_five_reset_letters_in_a_day_the_next_comes_when_the_last_link_has_expired(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada, bob = make_account(app, "ada"), make_account(app, "bob")
        answers = []
        for number in range(12):
            answers.append(forget(app, (ada.username, ada.email)[number % 2]))
            clock.shift(STEP)
        assert reset_letters(app, ada) == 5
        assert answers == [forget(app, "nobody")] * 12
        assert len(events_of(app, "reset_link.made")) == 5
        assert events_of(app, "reset_link.withheld") == ['{"mailed":false}']
        forget(app, bob.username)
        assert reset_letters(app, bob) == 1
        clock.move_to(START + 4 * STEP + timedelta(hours=1, seconds=-1))
        forget(app, "ada")
        assert reset_letters(app, ada) == 5
        clock.shift(timedelta(seconds=1))
        forget(app, "ada")
        assert reset_letters(app, ada) == 6


def test_owner_can_choose_a_password_at_every_moment_of_a_day_of_requests_by_strangers(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada, browser = make_account(app, "ada"), app.test_client()
        for _ in range(24 * 4):
            forget(app, "ada")
            assert browser.get(newest_link(app, ada)).status_code == 200
            clock.shift(3 * STEP)
        assert reset_letters(app, ada) <= 5 + 24
        assert len(events_of(app, "reset_link.withheld")) == 1


@pytest.mark.database
def test_withheld_letter_costs_the_work_of_one_for_nobody(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        make_account(app, "ada")
        found = []
        for _ in range(8):
            found.append(work_for(app, "ada"))
            clock.shift(STEP)
        assert found == [work_for(app, "nobody")] * 8


@pytest.mark.database
def test_twenty_requests_at_once_send_the_last_letter_of_the_day_once_and_record_one_event(
    app: Flask,
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada = make_account(app, "ada")
        for _ in range(4):
            forget(app, "ada")
            clock.shift(STEP)
        for letters, events in ((5, 0), (5, 1)):
            with ThreadPoolExecutor(20) as crowd:
                assert len(set(crowd.map(lambda _: forget(app, "ada"), range(20)))) == 1
            assert (reset_letters(app, ada), len(events_of(app, "reset_link.withheld"))) == (letters, events)
            clock.shift(STEP)


def register(app: Flask, username: str, email: str = ADDRESS) -> Person:
    body = {"username": username, "email": email, "password": OTHER_PASSWORD}
    assert app.test_client().post("/api/v1/register", json=body).status_code == 202
    return Person("", username, email, OTHER_PASSWORD)


def ask_again(app: Flask, person: Person, times: int = 1) -> list[int]:
    client = app.test_client()
    headers = sign_in_by_api(client, person)
    return [client.post(AGAIN, headers=headers).status_code for _ in range(times)]


def test_strangers_who_register_with_an_address_keep_no_letter_of_its_owner_back(app: Flask) -> None:
    with time_machine.travel(START):
        make_administrator(app)
        owner = register(app, "owner")
        for number in range(7):
            register(app, f"eve{number}")
        assert ask_again(app, owner, 6) == [202] * 5 + [429]


def test_owner_whom_strangers_came_before_gets_a_letter_too(app: Flask) -> None:
    with time_machine.travel(START):
        make_administrator(app)
        for number in range(7):
            register(app, f"eve{number}")
        assert ask_again(app, register(app, "owner")) == [202]


def test_strangers_who_are_signed_in_keep_no_letter_of_the_first_back(app: Flask) -> None:
    with time_machine.travel(START):
        owner, eve, mallory = claim_again(app, ADDRESS), claim_again(app, ADDRESS), make_account(app)
        assert ask_again(app, eve, 4) == [202] * 4
        assert ask_for(app.test_client(), mallory, ADDRESS).status_code == 202
        assert ask_again(app, eve) == [429]
        assert ask_again(app, owner) == [202]


def test_crowd_fills_no_mailbox_with_verification_letters(app: Flask) -> None:
    with time_machine.travel(START):
        make_administrator(app)
        crowd = [register(app, f"eve{number}") for number in range(6)]
        for each in crowd:
            ask_again(app, each, 6)
        assert len(letters_to(app, ADDRESS)) == 15
