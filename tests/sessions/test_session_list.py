"""A person sees where they are signed in, and signs devices out; those of others are none of their business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import make_account, make_administrator, refresh, sign_in, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import end_cause_of, events_of, session_ids

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
SESSIONS = "/api/v1/sessions"


def listed(client: FlaskClient, token: dict[str, str]) -> list[dict]:
    found: list[dict] = client.get(SESSIONS, headers=token).get_json()["sessions"]
    return found


def test_each_device_is_listed_latest_use_first(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        first = sign_in_by_api(client, person)
        clock.shift(timedelta(minutes=5))
        sign_in_by_api(app.test_client(), person)
        assert [each["current"] for each in listed(client, first)] == [False, True]
        clock.shift(timedelta(minutes=5))
        listed(client, first)
        assert [each["current"] for each in listed(client, first)] == [True, False]


def test_device_is_named_by_its_browser_and_system(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    body = {"username": person.username, "password": person.password}
    answer = client.post("/api/v1/login", json=body, headers={"User-Agent": FIREFOX})
    token = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    found = listed(client, token)[0]
    assert (found["device"], found["address"], found["methods"]) == (
        "Firefox on Linux",
        "127.0.0.1",
        ["pwd"],
    )


@pytest.mark.parametrize("agent", ["", "\u00e9" * 900, "x" * 9_000, "<script>", "Mozilla/5.0 (" * 50])
def test_any_user_agent_is_survived(app: Flask, client: FlaskClient, agent: str) -> None:
    person = make_account(app)
    body = {"username": person.username, "password": person.password}
    answer = client.post("/api/v1/login", json=body, headers={"User-Agent": agent})
    assert answer.status_code == 200
    token = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    assert 0 < len(listed(client, token)[0]["device"]) <= 80


def test_session_never_shows_a_token(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    cookie = client.get_cookie("__Host-refresh_token")
    text = client.get(SESSIONS, headers=token).get_data(as_text=True)
    assert cookie is not None
    assert cookie.value not in text
    assert token["Authorization"].removeprefix("Bearer ") not in text


def test_one_device_is_signed_out_from_another(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    lost = PageClient(app.test_client())
    sign_in(lost, person)
    token = sign_in_by_api(client, person)
    target = next(each["id"] for each in listed(client, token) if not each["current"])
    assert client.delete(f"{SESSIONS}/{target}", headers=token).status_code == 204
    assert end_cause_of(app, target) == "signed_out_elsewhere"
    assert "from another device" in lost.get("/account").text
    assert client.delete(f"{SESSIONS}/{target}", headers=token).status_code == 404


def test_all_other_devices_are_signed_out_at_once(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    others = [sign_in_by_api(app.test_client(), person) for _ in range(3)]
    mine = sign_in_by_api(client, person)
    assert client.delete(SESSIONS, headers=mine).get_json() == {"ended": 3}
    assert {client.get(SESSIONS, headers=each).status_code for each in others} == {401}
    assert len(listed(client, mine)) == 1
    assert refresh(client)
    assert client.delete(SESSIONS, headers=mine).get_json() == {"ended": 0}


def test_present_session_may_be_ended_too(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    mine = listed(client, token)[0]["id"]
    assert client.delete(f"{SESSIONS}/{mine}", headers=token).status_code == 204
    assert end_cause_of(app, mine) == "signed_out"
    assert client.get(SESSIONS, headers=token).status_code == 401


@pytest.mark.parametrize("who", ["user", "administrator"])
def test_session_of_another_person_is_not_found(app: Flask, client: FlaskClient, who: str) -> None:
    person = make_account(app)
    eve = make_administrator(app) if who == "administrator" else make_account(app)
    sign_in_by_api(app.test_client(), person)
    theirs = session_ids(app, person.id)[0]
    token = sign_in_by_api(client, eve)
    answers = [client.delete(f"{SESSIONS}/{each}", headers=token) for each in (theirs, "a" * 26)]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].get_json()["message"] == answers[1].get_json()["message"]
    assert end_cause_of(app, theirs) is None


@pytest.mark.parametrize("text", ["x", "x" * 3_000, "%27%20OR%201=1", "%C3%A9", "..", "-1", "%20", "null"])
def test_id_that_nobody_has_is_not_found(app: Flask, client: FlaskClient, text: str) -> None:
    token = sign_in_by_api(client, make_account(app))
    assert client.delete(f"{SESSIONS}/{text}", headers=token).status_code in {400, 404}
    assert events_of(app, "session.ended") == []


def test_ended_and_outlived_sessions_are_not_listed(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        sign_in_by_api(app.test_client(), person)
        clock.shift(timedelta(days=7))
        ended = sign_in_by_api(client, person)
        client.post("/api/v1/logout", headers=ended)
        assert len(listed(client, sign_in_by_api(client, person))) == 1
