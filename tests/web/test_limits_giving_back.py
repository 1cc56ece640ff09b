"""What a right attempt, a refusal and an outage leave counted."""

from __future__ import annotations

import time

import pytest

from tests.servers.valkey import free_port
from tests.web.limits_world import WINDOW, small_app, statuses
from webapp.core.limit import Limit

FIVE = Limit(5, WINDOW)


@pytest.mark.limits
@pytest.mark.parametrize(
    "sent", [{"answer": "200"}, {"answer": "303"}, {"answer": "503"}, {"needs_factor": "1"}]
)
def test_success_missing_factor_and_busy_server_give_the_count_back(
    redis_url: str | None, sent: dict[str, str]
) -> None:
    app = small_app(redis_url, limit_auth_per_address=FIVE)
    assert 429 not in statuses(app, 12, data=sent)
    assert statuses(app, 6) == [401] * 5 + [429]
    app.extensions["throttle"].close()


@pytest.mark.parametrize("answer", ["401", "400", "403", "409", "422", "500"])
def test_any_other_answer_stays_counted(answer: str) -> None:
    app = small_app(limit_auth_per_address=FIVE)
    assert statuses(app, 6, data={"answer": answer}) == [int(answer)] * 5 + [429]


def test_success_returns_its_own_count_and_no_other() -> None:
    app = small_app(limit_auth_per_address=FIVE)
    assert statuses(app, 4) == [401] * 4
    assert statuses(app, 10, data={"answer": "200"}) == [200] * 10
    assert statuses(app, 2) == [401, 429]


def test_reading_the_form_does_not_use_up_sign_in() -> None:
    app = small_app(limit_auth_per_address=FIVE)
    statuses(app, 20, method="GET")
    assert statuses(app, 6) == [401] * 5 + [429]


def test_made_accounts_stay_counted() -> None:
    app = small_app(limit_auth_per_address=FIVE)
    assert statuses(app, 6, "/register", data={"answer": "202"}) == [202] * 5 + [429]


def test_auth_views_count_as_requests_too() -> None:
    app = small_app(limit_per_address=FIVE)
    assert statuses(app, 6, data={"answer": "200"}) == [200] * 5 + [429]


def test_dead_store_neither_opens_the_door_nor_breaks_it() -> None:
    url = f"redis://:kept-secret@127.0.0.1:{free_port()}/0"
    app = small_app(url, limit_auth_per_address=FIVE, limit_per_address=Limit(21, WINDOW))
    started = time.perf_counter()
    assert statuses(app, 10, data={"answer": "200"}) == [200] * 10
    assert statuses(app, 6) == [401] * 5 + [429]
    assert statuses(app, 6, "/plain") == [401] * 5 + [429]
    # Asked for every count, a store that is away would cost half a second forty times.
    assert time.perf_counter() - started < 10
