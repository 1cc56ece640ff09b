"""Known devices, as their owner sees, forgets and mistrusts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.make import OTHER_PASSWORD, Person, bearer, make_account, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.faces import ask, events_of, is_in
from tests.signin.second_step_faces import make_person_with_app, sign_in_and_trust

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
DEVICES = "/api/v1/devices"
Headers = dict[str, str]


def devices_of(client: FlaskClient, token: Headers) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(DEVICES, headers=token).get_json()["devices"]
    return found


def fail_ten_times(app: Flask, person: Person) -> None:
    for _ in range(11):
        ask("api", app.test_client(), person.username, OTHER_PASSWORD)


def test_list_says_where_and_when(app: Flask) -> None:
    person = make_account(app)
    here, there = app.test_client(), app.test_client()
    with time_machine.travel(START, tick=False) as clock:
        sign_in_by_api(there, person)
        clock.shift(timedelta(minutes=5))
        token = sign_in_by_api(here, person)
        clock.shift(timedelta(minutes=5))
        sign_in_by_api(there, person)
        other, mine = devices_of(here, token)
    keys = {"id", "device", "address", "first_seen_at", "last_seen_at", "trusted_until", "current"}
    assert set(mine) == keys
    assert (mine["current"], other["current"]) == (True, False)
    assert (mine["address"], mine["trusted_until"]) == ("127.0.0.1", None)
    assert (other["first_seen_at"], other["last_seen_at"]) == ("2030-05-01T12:00:00Z", "2030-05-01T12:10:00Z")


def test_id_that_is_shown_is_no_device_cookie(app: Flask, client: FlaskClient) -> None:
    from webapp.signin.devices import read_device

    token = sign_in_by_api(client, make_account(app))
    cookie = client.get_cookie("__Host-device")
    assert cookie is not None
    with app.app_context():
        held = read_device(cookie.value).id
    assert held not in client.get(DEVICES, headers=token).get_data(as_text=True)


def test_forgotten_device_is_a_stranger(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    [mine] = devices_of(client, token)
    fail_ten_times(app, person)
    assert client.delete(f"{DEVICES}/{mine['id']}", headers=token).status_code == 204
    assert devices_of(client, token) == []
    assert ask("api", client, person.username, person.password).status_code == 429
    assert len(events_of(app, "device.forgotten")) == 1


def test_forgotten_device_is_new_at_its_next_sign_in(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    client.delete(f"{DEVICES}/{devices_of(client, token)[0]['id']}", headers=token)
    token = sign_in_by_api(client, person)
    assert [each["current"] for each in devices_of(client, token)] == [True]
    assert len(events_of(app, "device.first_seen")) == 1


def test_device_without_trust_stays_known(app: Flask, client: FlaskClient, pages: PageClient) -> None:
    person, device = make_person_with_app(app)
    sign_in_and_trust(client, person, device)
    token = bearer(ask("api", client, person.username, person.password).get_json()["token"])
    [mine] = devices_of(client, token)
    assert mine["trusted_until"] is not None
    assert client.delete(f"{DEVICES}/{mine['id']}/trust", headers=token).status_code == 204
    assert client.delete(f"{DEVICES}/{mine['id']}/trust", headers=token).status_code == 204
    assert devices_of(client, token)[0]["trusted_until"] is None
    assert ask("api", client, person.username, person.password).get_json()["error"] == "mfa_required"
    fail_ten_times(app, person)
    assert ask("api", client, person.username, person.password).get_json()["error"] == "mfa_required"


@pytest.mark.parametrize("path", ["", "/trust"])
def test_device_of_somebody_else_is_not_there(app: Flask, client: FlaskClient, path: str) -> None:
    person, eve = make_account(app), make_account(app)
    token = sign_in_by_api(client, person)
    hers = app.test_client()
    theirs = sign_in_by_api(hers, eve)
    [mine] = devices_of(client, token)
    refused = hers.delete(f"{DEVICES}/{mine['id']}{path}", headers=theirs)
    assert (refused.status_code, refused.get_json()["error"]) == (404, "device_not_found")
    assert len(devices_of(client, token)) == 1


@pytest.mark.parametrize("shown", ["x", "a" * 26, "a" * 500, "é"])
def test_device_that_nobody_has_is_not_there(app: Flask, client: FlaskClient, shown: str) -> None:
    token = sign_in_by_api(client, make_account(app))
    assert client.delete(f"{DEVICES}/{shown}", headers=token).status_code == 404


def test_devices_are_shown_to_nobody_who_is_signed_out(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    client.post("/api/v1/logout", headers=token)
    assert client.get(DEVICES, headers=token).status_code == 401
    assert client.delete(f"{DEVICES}/x", headers=token).status_code == 401
    assert is_in(ask("api", client, person.username, person.password))


def test_forgetting_is_done_for_what_nobody_comes_back_to(app: Flask, client: FlaskClient) -> None:
    from webapp.infra.database import unit_of_work
    from webapp.signin.purge import forget_pending_sign_ins, forget_unseen_devices

    with time_machine.travel(START, tick=False) as clock:
        person, _ = make_person_with_app(app)
        sign_in_by_api(client, make_account(app))
        ask("api", client, person.username, person.password)

        def forgotten() -> tuple[int, int]:
            with app.app_context(), unit_of_work(writes=False):
                return forget_pending_sign_ins(10), forget_unseen_devices(10)

        assert forgotten() == (0, 0)
        clock.shift(timedelta(minutes=10, seconds=1))
        assert forgotten() == (1, 0)
        clock.shift(timedelta(days=365))
        assert forgotten() == (0, 1)
