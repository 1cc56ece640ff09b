"""What a throttle admits, refuses and gives back, in memory and in Redis."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

import pytest
import redis

from tests.infra.throttle_world import NOON, Hands, admitted, burst, new_throttle
from webapp.core.limit import Limit
from webapp.infra.throttle import Throttle, TooManyAttempts

pytestmark = pytest.mark.limits

THREE = Limit(3, 900)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def throttle(redis_url: str | None, clock: Hands) -> Iterator[Throttle]:
    throttle = new_throttle(redis_url, clock)
    yield throttle
    throttle.close()


@pytest.fixture
def eager_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


def test_attempts_beyond_the_limit_are_refused_until_the_window_ends(
    throttle: Throttle, clock: Hands
) -> None:
    clock.reading = NOON + 100.5
    for _ in range(3):
        throttle.count("signin", "ada", THREE)
    with pytest.raises(TooManyAttempts) as refusal:
        throttle.count("signin", "ada", THREE)
    assert (refusal.value.status, refusal.value.code, refusal.value.retry_after) == (
        429,
        "too_many_attempts",
        800,
    )
    clock.reading = NOON + 900
    throttle.count("signin", "ada", THREE)


def test_lanes_and_keys_do_not_share_a_count(throttle: Throttle) -> None:
    once = Limit(1, 60)
    for lane, key in [("signin", "ada"), ("signin", "bob"), ("codes", "ada")]:
        throttle.count(lane, key, once)
    assert not admitted(lambda: throttle.count("signin", "ada", once))


def test_refused_attempt_does_not_count(throttle: Throttle) -> None:
    tickets = [throttle.count("signin", "ada", THREE) for _ in range(3)]
    for _ in range(50):
        assert not admitted(lambda: throttle.count("signin", "ada", THREE))
    assert throttle.used("signin", "ada", THREE) == 3
    throttle.give_back(tickets[0])
    assert admitted(lambda: throttle.count("signin", "ada", THREE))


@pytest.mark.usefixtures("eager_threads")
def test_two_hundred_parallel_attempts_are_admitted_exactly_to_the_limit(throttle: Throttle) -> None:
    ten = Limit(10, 900)
    for round_number in range(3):
        key = f"ada {round_number}"
        assert burst(200, partial(throttle.count, "signin", key, ten)) == 10
        assert throttle.used("signin", key, ten) == 10


@pytest.mark.usefixtures("eager_threads")
def test_parallel_successes_leave_no_count_behind(throttle: Throttle) -> None:
    many = Limit(500, 900)
    assert burst(200, lambda: throttle.give_back(throttle.count("signin", "ada", many))) == 200
    assert throttle.used("signin", "ada", many) == 0


def test_ticket_is_good_for_one_return(throttle: Throttle) -> None:
    first, _second = (throttle.count("signin", "ada", THREE) for _ in range(2))
    for _ in range(5):
        throttle.give_back(first)
    assert throttle.used("signin", "ada", THREE) == 1


def test_count_is_not_given_back_into_a_later_window(throttle: Throttle, clock: Hands) -> None:
    clock.reading = NOON + 899
    late = throttle.count("signin", "ada", THREE)
    clock.reading = NOON + 901
    throttle.count("signin", "ada", THREE)
    throttle.give_back(late)
    assert throttle.used("signin", "ada", THREE) == 1


def test_all_lanes_count_or_none(throttle: Throttle) -> None:
    lanes = [
        ("address", "192.0.2.1", Limit(5, 60)),
        ("signin", "ada", Limit(1, 900)),
        ("codes", "ada", Limit(1, 60)),
    ]
    tickets = throttle.count_all(lanes)
    with pytest.raises(TooManyAttempts) as refusal:
        throttle.count_all(lanes)
    assert refusal.value.retry_after == 900
    assert [throttle.used(*lane) for lane in lanes] == [1, 1, 1]
    for ticket in tickets:
        throttle.give_back(ticket)
    assert [throttle.used(*lane) for lane in lanes] == [0, 0, 0]


def test_empty_key_is_an_error_and_never_unlimited(throttle: Throttle) -> None:
    for lane, key in [("", "ada"), ("signin", "")]:
        with pytest.raises(ValueError, match="no limit at all"):
            throttle.count(lane, key, THREE)
    with pytest.raises(ValueError, match="no limit at all"):
        throttle.count_all([("signin", "ada", THREE), ("codes", "", THREE)])
    assert throttle.used("signin", "ada", THREE) == 0


def test_store_holds_no_identifier_and_forgets_after_the_window(
    throttle: Throttle, redis_url: str | None
) -> None:
    throttle.count("signin", "ada@example.org", THREE)
    if redis_url is None:
        assert "ada" not in repr(vars(throttle._store._local))
        return
    with redis.Redis.from_url(redis_url) as connection:
        (name,) = connection.keys("*")
        assert b"ada" not in name
        assert 0 < connection.ttl(name) <= 900
