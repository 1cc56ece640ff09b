"""`POST refresh` refused: what each refusal says, and that none of them touches a cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from tests.make import make_administrator
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder, code_of, cookies_of
from webapp.infra.database import db, unit_of_work
from webapp.sessions.causes import EndCause
from webapp.sessions.models import Session

OLD_SECRET = "an-older-secret-key-of-the-tests-0123456789-abc"
NEW_SECRET = "the-newer-secret-key-of-the-tests-0123456789-ab"


pytestmark = pytest.mark.usefixtures("clock")


def change_session(app: Flask, **changes: object) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(update(Session).values(**changes))


@pytest.mark.parametrize("csrf", [None, "wrong", "x" * 4_000, "\xe9", "a\x00"])
def test_refresh_without_the_right_csrf_value_is_forbidden_and_moves_nothing(
    holder: Holder, csrf: str | None
) -> None:
    answer = holder.show(csrf=csrf)
    assert code_of(answer) == (403, "csrf_failed")
    assert not cookies_of(answer)
    assert cookies_of(holder.show()), "the chain had moved"


def test_csrf_value_of_another_session_is_wrong(app: Flask, holder: Holder) -> None:
    assert code_of(holder.show(csrf=Holder(app, holder.person).csrf)) == (403, "csrf_failed")


def test_csrf_value_is_read_from_the_header_and_not_from_the_cookie_alone(app: Flask, holder: Holder) -> None:
    forged = {"Cookie": f"__Host-refresh_token={holder.refresh_tokens[0]}; __Host-csrf_refresh_token=chosen"}
    assert code_of(holder.show(csrf="chosen", headers=forged)) == (403, "csrf_failed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost.evil.example"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://localhost"},
    ],
)
def test_refresh_that_another_site_sent_is_refused_before_its_token_is_read(
    holder: Holder, headers: dict[str, str]
) -> None:
    for csrf in ("", None):
        answer = holder.show(csrf=csrf, headers=headers)
        assert code_of(answer) == (403, "cross_site_refused")
        assert not cookies_of(answer)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://localhost"}])
def test_refresh_by_the_own_page_is_served(holder: Holder, headers: dict[str, str]) -> None:
    assert holder.show(headers=headers).status_code == 200


def test_refresh_without_a_cookie_says_that_it_is_missing(app: Flask) -> None:
    answer = app.test_client().post("/api/v1/refresh", headers={"X-CSRF-TOKEN": "any"})
    assert code_of(answer) == (401, "refresh_token_missing")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not cookies_of(answer)


@pytest.mark.parametrize("cause", EndCause)
def test_ended_session_tells_its_cause_and_takes_no_cookie(
    app: Flask, holder: Holder, cause: EndCause
) -> None:
    change_session(app, ended_at=START, end_cause=str(cause))
    answer = holder.show()
    assert code_of(answer) == (401, "session_ended")
    assert answer.get_json()["cause"] == str(cause)
    assert not cookies_of(answer)


def test_session_that_is_unknown_is_state_lost(app: Flask, holder: Holder) -> None:
    with app.app_context(), unit_of_work():
        db.session.delete(db.session.query(Session).one())
    assert holder.show().get_json()["cause"] == "state_lost"


@pytest.mark.parametrize(("active_days", "cause"), [(0, "idle"), (29, "absolute")])
def test_expired_token_with_the_right_csrf_value_tells_the_cause(
    app: Flask, holder: Holder, clock: time_machine.Traveller, active_days: int, cause: str
) -> None:
    change_session(app, last_active_at=START + timedelta(days=active_days))
    clock.shift(timedelta(days=31))
    answer = holder.show()
    assert code_of(answer) == (401, "session_ended")
    assert answer.get_json()["cause"] == cause
    assert code_of(holder.show(csrf=None)) == (403, "csrf_failed")
    assert code_of(holder.show(csrf="wrong")) == (403, "csrf_failed")


def test_expired_token_of_a_session_ended_long_before_tells_that_cause(
    app: Flask, holder: Holder, clock: time_machine.Traveller
) -> None:
    change_session(app, ended_at=START, end_cause="password_changed")
    clock.shift(timedelta(days=40))
    assert holder.show().get_json()["cause"] == "password_changed"


def test_administrator_who_was_idle_for_half_an_hour_is_signed_out(
    app: Flask, clock: time_machine.Traveller
) -> None:
    holder = Holder(app, make_administrator(app))
    clock.shift(timedelta(minutes=29, seconds=59))
    assert holder.show().status_code == 200, "renewal is served until then"
    clock.shift(1)
    assert holder.show().get_json()["cause"] == "idle", "renewal alone is no activity"


def test_limit_counts_each_session_and_not_the_address(app: Flask, make_app: Callable[..., Flask]) -> None:
    holders = [Holder(app) for _ in range(5)]
    strict = make_app(LIMIT_REFRESH_PER_SESSION="2/m", LIMIT_PER_ADDRESS="1/m", LIMIT_AUTH_PER_ADDRESS="1/m")
    for holder in holders:
        holder.client = strict.test_client(use_cookies=False)
    busy, *others = holders
    assert [busy.show().status_code for _ in range(3)] == [200, 200, 429]
    refused = busy.show()
    assert code_of(refused) == (429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert not cookies_of(refused)
    assert [other.show().status_code for other in others] == [200] * 4


def test_session_lives_through_a_rotated_secret_key(make_app: Callable[..., Flask]) -> None:
    holder = Holder(make_app(SECRET_KEY=OLD_SECRET))
    rotated = make_app(SECRET_KEY=NEW_SECRET, SECRET_KEY_FALLBACKS=OLD_SECRET)
    holder.client = rotated.test_client(use_cookies=False)
    old_csrf = holder.csrf
    assert holder.show().status_code == 200
    assert holder.show().status_code == 200
    assert holder.show(holder.refresh_tokens[0], csrf=old_csrf).status_code == 200
    assert holder.call().status_code == 200


def test_node_that_will_take_the_new_secret_key_later_accepts_its_tokens_already(
    make_app: Callable[..., Flask],
) -> None:
    holder = Holder(make_app(SECRET_KEY=NEW_SECRET, SECRET_KEY_FALLBACKS=OLD_SECRET))
    older = make_app(SECRET_KEY=OLD_SECRET, SECRET_KEY_FALLBACKS=NEW_SECRET)
    holder.client = older.test_client(use_cookies=False)
    assert [holder.show().status_code for _ in range(2)] == [200, 200]


def test_session_of_a_dropped_secret_key_is_nobodys(make_app: Callable[..., Flask]) -> None:
    holder = Holder(make_app(SECRET_KEY=OLD_SECRET))
    holder.client = make_app(SECRET_KEY=NEW_SECRET).test_client(use_cookies=False)
    assert code_of(holder.show()) == (401, "refresh_token_missing")
