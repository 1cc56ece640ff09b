"""`POST refresh` over HTTP: each row of the rule as a browser meets it."""

from __future__ import annotations

import json

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.tokens.dpop_key import DpopKey
from tests.tokens.shown_tokens import Holder, code_of, cookies_of
from webapp.core.event_names import EventName
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.sessions.models import Session
from webapp.web.cookies import REFRESH, REFRESH_CSRF

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def swapped(holder: Holder, clock: time_machine.Traveller) -> Holder:
    """Three numbers on: the chain stands at 3, received 2, just swapped."""
    holder.show()
    clock.shift(120)
    holder.show()
    return holder


def events(app: Flask, name: EventName) -> list[AuditEvent]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent).where(AuditEvent.name == str(name))))


def test_first_refresh_brings_both_tokens_and_no_page_session(holder: Holder) -> None:
    answer = holder.show()
    assert answer.status_code == 200
    assert set(cookies_of(answer)) == {REFRESH, REFRESH_CSRF}
    assert holder.call().status_code == 200


def test_refresh_cookie_is_kept_from_scripts_and_its_companion_is_not(holder: Holder) -> None:
    lines = cookies_of(holder.show())
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Expires="):
        assert attribute in lines[REFRESH]
    assert "HttpOnly" not in lines[REFRESH_CSRF]
    assert "Domain" not in "".join(lines.values())


@pytest.mark.parametrize("age", [0, 59, 119])
def test_newest_token_brings_an_access_token_and_no_cookie_while_it_is_young(
    swapped: Holder, clock: time_machine.Traveller, age: int
) -> None:
    clock.shift(age)
    answer = swapped.show()
    assert answer.status_code == 200
    assert not cookies_of(answer)


def test_newest_token_moves_the_chain_on_at_twice_the_overlap(
    swapped: Holder, clock: time_machine.Traveller
) -> None:
    clock.shift(120)
    assert REFRESH in cookies_of(swapped.show())
    assert len(set(swapped.refresh_tokens)) == 4


def test_spent_token_brings_the_identical_successor_within_the_overlap(
    holder: Holder, clock: time_machine.Traveller
) -> None:
    first = cookies_of(holder.show())
    clock.shift(59.9)
    assert cookies_of(holder.show(holder.refresh_tokens[0])) == first


@pytest.mark.parametrize("age", [60, 89.9])
def test_spent_token_after_the_overlap_is_told_to_ask_again(
    app: Flask, swapped: Holder, clock: time_machine.Traveller, age: float
) -> None:
    clock.shift(age)
    answer = swapped.show(swapped.refresh_tokens[-2])
    assert code_of(answer) == (409, "refresh_retry")
    assert answer.headers["Retry-After"] == "1"
    assert not cookies_of(answer)
    assert len(events(app, EventName.REFRESH_TOKEN_REPLAYED)) == 1


def test_lost_answer_is_made_good_by_a_new_successor(swapped: Holder, clock: time_machine.Traveller) -> None:
    *_, spent, lost = swapped.refresh_tokens
    clock.shift(90)
    answer = swapped.show(spent)
    assert answer.status_code == 200
    assert swapped.refresh_tokens[-1] not in {spent, lost}
    clock.shift(15)
    assert code_of(swapped.show(lost)) == (401, "refresh_token_reused")


def test_straggler_waits_for_a_deadline_and_is_reuse_afterwards(
    swapped: Holder, clock: time_machine.Traveller
) -> None:
    clock.shift(14.9)
    assert code_of(swapped.show(swapped.refresh_tokens[0])) == (409, "refresh_retry")
    clock.shift(0.1)
    assert code_of(swapped.show(swapped.refresh_tokens[0])) == (401, "refresh_token_reused")


def test_reuse_ends_the_session_once_with_event_and_cause(
    app: Flask, swapped: Holder, clock: time_machine.Traveller
) -> None:
    clock.shift(15)
    answer = swapped.show(swapped.refresh_tokens[0])
    assert answer.get_json()["cause"] == "refresh_token_reused"
    assert not cookies_of(answer)
    reuse = events(app, EventName.REFRESH_TOKEN_REUSED)
    assert [json.loads(event.detail) for event in reuse] == [{"counter": 3, "number": 1}]
    assert len(events(app, EventName.SESSION_ENDED)) == 1
    for token in swapped.refresh_tokens:
        again = swapped.show(token)
        assert code_of(again) == (401, "session_ended")
        assert again.get_json()["cause"] == "refresh_token_reused"
    assert code_of(swapped.call()) == (401, "session_ended")


def test_harmless_replay_is_an_event_and_ends_nothing(app: Flask, holder: Holder) -> None:
    holder.show()
    holder.show(holder.refresh_tokens[0])
    assert [json.loads(event.detail) for event in events(app, EventName.REFRESH_TOKEN_REPLAYED)] == [
        {"counter": 2, "number": 1}
    ]
    assert holder.call().status_code == 200


def test_number_never_handed_out_ends_the_session_as_state_lost_without_a_word_of_theft(
    app: Flask, swapped: Holder
) -> None:
    with app.app_context(), unit_of_work():
        row = db.session.scalars(select(Session)).one()
        row.counter, row.received = 1, 0
    answer = swapped.show()
    assert code_of(answer) == (401, "session_ended")
    assert answer.get_json()["cause"] == "state_lost"
    assert not events(app, EventName.REFRESH_TOKEN_REUSED)


def test_replay_by_another_browser_is_reuse_even_within_the_overlap(holder: Holder) -> None:
    holder.show()
    answer = holder.show(holder.refresh_tokens[0], headers={"User-Agent": "curl/8.0"})
    assert code_of(answer) == (401, "refresh_token_reused")


def test_replay_by_a_newer_version_of_the_same_browser_is_not(holder: Holder) -> None:
    holder.show()
    newer = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"}
    assert holder.show(holder.refresh_tokens[0], headers=newer).status_code == 200


def test_second_version_follows_the_same_rule_in_its_own_words(
    swapped: Holder, clock: time_machine.Traveller
) -> None:
    clock.shift(60)
    proof = DpopKey().proof("POST", "/api/v2/refresh")
    answer = swapped.show(swapped.refresh_tokens[-2], path="/api/v2/refresh", headers={"DPoP": proof})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "refresh_retry"
