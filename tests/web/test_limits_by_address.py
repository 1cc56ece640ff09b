"""Auth views and all else are limited by address, whatever a caller sends."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_limiter import Limiter

from tests.infra.throttle_world import PATIENT
from tests.web.limits_world import WINDOW, small_app, statuses
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.web.limits import limiter_arguments

FIVE = Limit(5, WINDOW)


@pytest.mark.limits
def test_two_hundred_parallel_sign_ins_are_admitted_exactly_to_the_limit(redis_url: str | None) -> None:
    store = LimitStore(redis_url, timeout=PATIENT)
    app = small_app(store=store, limit_auth_per_address=Limit(10, WINDOW))
    start = threading.Barrier(200)

    def attempt(number: int) -> int:
        start.wait(timeout=20)
        return statuses(app, 1, address=f"192.0.2.{number % 4}")[0]

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(attempt, range(200)))
    assert (answers.count(401), answers.count(429)) == (40, 160)
    app.extensions["throttle"].close()


def test_faces_of_sign_in_and_registration_share_one_limit() -> None:
    app = small_app(limit_auth_per_address=FIVE)
    assert statuses(app, 3, "/login") == [401] * 3
    assert statuses(app, 2, "/api/v1/login") == [401] * 2
    assert statuses(app, 1, "/register") == [429]
    assert statuses(app, 1, "/login", address="192.0.2.2") == [401]


def test_refusal_tells_when_to_return_and_comes_before_the_body_is_read() -> None:
    app = small_app(limit_auth_per_address=FIVE)
    statuses(app, 5)
    app.extensions["entered"].clear()
    refused = app.test_client().post(
        "/login", environ_base={"REMOTE_ADDR": "192.0.2.1"}, data={"answer": "200"}
    )
    assert (refused.status_code, refused.text) == (429, "too_many_attempts")
    assert 1 <= int(refused.headers["Retry-After"]) <= WINDOW
    assert app.extensions["entered"] == []


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP"]
)
def test_no_header_is_a_way_round(name: str) -> None:
    for path, app in [
        ("/login", small_app(limit_auth_per_address=FIVE)),
        ("/plain", small_app(limit_per_address=FIVE)),
    ]:
        answers = [statuses(app, 1, path, headers={name: f"198.51.100.{n}"})[0] for n in range(6)]
        assert answers == [401] * 5 + [429]


def test_method_override_and_odd_paths_are_no_way_round() -> None:
    app = small_app(limit_auth_per_address=FIVE, limit_per_address=FIVE)
    statuses(app, 5)
    for headers in ({"X-HTTP-Method-Override": "GET"}, {"Host": "other.example"}):
        assert statuses(app, 1, headers=headers) == [429]
    assert statuses(app, 1, "/login?x=1") == [429]


def test_one_ipv6_network_is_one_caller() -> None:
    app = small_app(limit_auth_per_address=FIVE)
    answers = [statuses(app, 1, address=f"2001:db8:1:2::{n}")[0] for n in range(6)]
    assert answers == [401] * 5 + [429]
    assert statuses(app, 1, address="2001:db8:1:3::1") == [401]


@pytest.mark.parametrize("address", ["", "unix:"])
def test_caller_without_an_address_is_limited_too(address: str) -> None:
    app = small_app(limit_auth_per_address=FIVE)
    assert statuses(app, 6, address=address) == [401] * 5 + [429]


@pytest.mark.parametrize("path", ["/plain", "/nothing/here", "/static/app.js"])
def test_everything_else_is_limited_even_where_nothing_is(path: str) -> None:
    app = small_app(limit_per_address=FIVE)
    answers = statuses(app, 6, path, method="GET", data={"answer": "200"})
    assert answers[5] == 429
    assert 429 not in answers[:5]


def test_sign_in_keeps_its_own_count_beside_everything_else() -> None:
    app = small_app(limit_per_address=Limit(20, WINDOW), limit_auth_per_address=FIVE)
    assert statuses(app, 6, "/login") == [401] * 5 + [429]
    assert 429 not in statuses(app, 14, "/plain")


def test_view_shared_by_an_office_is_not_limited_by_address() -> None:
    app = small_app(limit_per_address=FIVE, limit_auth_per_address=FIVE)
    assert statuses(app, 20, "/refresh", data={"answer": "200"}) == [200] * 20


def test_applications_in_one_process_keep_their_own_limits_and_counts() -> None:
    limiter = Limiter(**limiter_arguments())
    strict = small_app(limiter=limiter, limit_auth_per_address=Limit(1, WINDOW))
    easy = small_app(limiter=limiter, limit_auth_per_address=FIVE)
    assert statuses(strict, 2) == [401, 429]
    assert statuses(easy, 6) == [401] * 5 + [429]
