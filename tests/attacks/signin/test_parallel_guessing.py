"""Two hundred guesses at once are counted as exactly as one after the other; a full pool costs nobody an attempt."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import OTHER_PASSWORD, Person, make_account
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, events_of, is_in
from tests.signin.full_pool import FullPool
from webapp.web import crowd_gate

FAR = {"LIMIT_AUTH_PER_ADDRESS": "100000/1d", "LIMIT_SIGNIN_OVERALL": "100000/1d"}


@pytest.fixture
def environment() -> dict[str, str]:
    return {**FAR, "LIMIT_SIGNIN_PER_ACCOUNT": "10/1d"}


def guess(client: FlaskClient, person: Person, number: int) -> int:
    name = person.username.upper() if number % 2 else person.username
    return ask("api", client, name, f"guess {number}").status_code


@pytest.mark.limits
def test_two_hundred_guesses_at_once_are_ten(app: Flask) -> None:
    person = make_account(app)
    start = threading.Barrier(200)

    def at_once(number: int) -> int:
        client = app.test_client()
        start.wait(30)
        return guess(client, person, number)

    with ThreadPoolExecutor(200) as guessers:
        counted = Counter(guessers.map(at_once, range(200)))
    # Those the pool had no place for had their attempt given back; the rest of the ten is still there.
    while (status := guess(app.test_client(), person, 0)) != 429:
        counted[status] += 1
    assert set(counted) <= {401, 429, 503}
    assert (counted[401], len(events_of(app, "login.failed"))) == (10, 10)


@pytest.fixture
def quick_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that says busy goes out at once, where the crowd gate holds it for a second."""
    monkeypatch.setattr(crowd_gate, "_SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(crowd_gate, "_LONGEST_PAUSE", 0.0)


@pytest.fixture
def full_pool(app: Flask, quick_refusals: None) -> Iterator[FullPool]:
    pool = FullPool(app)
    yield pool
    pool.let_go()


@pytest.mark.parametrize("face", FACES)
def test_full_pool_is_a_wait_and_costs_no_attempt(app: Flask, full_pool: FullPool, face: str) -> None:
    person = make_account(app)
    full_pool.fill(known_device=False)
    responses = [ask(face, app.test_client(), person.username, OTHER_PASSWORD) for _ in range(12)]
    assert {(each.status_code, each.headers["Retry-After"]) for each in responses} == {(503, "2")}
    full_pool.let_go()
    statuses = [ask(face, app.test_client(), person.username, OTHER_PASSWORD).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_owner_has_a_place_while_strangers_fill_theirs(app: Flask, full_pool: FullPool) -> None:
    person = make_account(app)
    known = app.test_client()
    ask("api", known, person.username, person.password)
    full_pool.fill(known_device=False)
    assert ask("api", app.test_client(), person.username, person.password).status_code == 503
    with ThreadPoolExecutor(1) as owner:
        waiting = owner.submit(ask, "api", known, person.username, person.password)
        full_pool.let_go()
        assert is_in(waiting.result(30))


def test_address_gets_its_count_back_from_a_full_pool(
    make_app: Callable[..., Flask], quick_refusals: None
) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="3/1d")
    person = make_account(app)
    pool = FullPool(app)
    pool.fill(known_device=False)
    refused = [ask("api", app.test_client(), person.username, "x").status_code for _ in range(5)]
    pool.let_go()
    counted = [ask("api", app.test_client(), person.username, "x").status_code for _ in range(4)]
    assert (refused, counted) == ([503] * 5, [401] * 3 + [429])


def test_person_reads_that_it_is_busy_and_keeps_the_name_they_typed(app: Flask, full_pool: FullPool) -> None:
    full_pool.fill(known_device=True)
    pages = PageClient(app.test_client())
    pages.get("/login")
    page = pages.submit("/login", username="ada", password=OTHER_PASSWORD)
    assert (page.status, "Many people are signing in" in page.text) == (503, True)
    assert page.get("input[name=username]").attributes["value"] == "ada"
