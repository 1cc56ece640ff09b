"""Proofs shown twice: each counts once, on whichever node and in whichever store, also when that store goes away."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.make import csrf_header, make_account
from tests.servers.valkey import free_port
from tests.tokens.dpop_key import BoundCaller, DpopKey
from webapp.core import clock as the_clock
from webapp.infra.database import db
from webapp.sessions.models import Session
from webapp.tokens.models import SeenProof

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from flask import Flask
    from werkzeug.test import TestResponse

PROFILE, LOGIN = "/api/v2/profile", "/api/v2/login"
REPLAYED = (401, "invalid_dpop_proof")


def code_of(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("code")


def rename(app: Flask, headers: dict[str, str]) -> TestResponse:
    """An unsafe call, on any node."""
    return app.test_client().patch(PROFILE, json={"display_name": "Ada"}, headers=headers)


def count_of(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


@pytest.mark.limits
def test_proof_of_an_unsafe_call_counts_once_on_all_nodes(app: Flask, make_app: Callable[..., Flask]) -> None:
    caller, other = BoundCaller(app.test_client(), make_account(app)), make_app()
    headers = caller.key.headers("PATCH", PROFILE, caller.token)
    assert rename(app, headers).status_code == 200
    assert [code_of(rename(node, headers)) for node in (app, other)] == [REPLAYED, REPLAYED]
    assert rename(other, caller.key.headers("PATCH", PROFILE, caller.token)).status_code == 200


@pytest.mark.limits
def test_proof_of_a_sign_in_or_renewal_counts_once_on_all_nodes(
    app: Flask, make_app: Callable[..., Flask], clock: time_machine.Traveller
) -> None:
    person, client, other, key = make_account(app), app.test_client(), make_app().test_client(), DpopKey()
    body, proof = {"username": person.username, "password": person.password}, key.proof("POST", LOGIN)
    assert client.post(LOGIN, json=body, headers={"DPoP": proof}).status_code == 200
    assert code_of(other.post(LOGIN, json=body, headers={"DPoP": proof})) == REPLAYED
    # The refused one has started no session and set no cookie.
    assert count_of(app, Session) == 1
    assert other.get_cookie("__Host-refresh_token") is None
    caller = BoundCaller(client, person, key)
    proof = key.proof("POST", "/api/v2/refresh")
    clock.shift(1)
    assert caller.refresh(proof).status_code == 200
    assert code_of(caller.refresh(proof)) == REPLAYED
    assert caller.refresh().status_code == 200


@pytest.mark.database
def test_of_many_shows_of_one_proof_at_once_one_counts(app: Flask) -> None:
    caller, start, answers = BoundCaller(app.test_client(), make_account(app)), threading.Barrier(6), []
    headers = caller.key.headers("PATCH", PROFILE, caller.token)

    def run() -> None:
        start.wait(5)
        answers.append(rename(app, headers).status_code)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 401, 401, 401, 401, 401]


def test_call_that_changes_nothing_is_spared_the_write(app: Flask) -> None:
    caller = BoundCaller(app.test_client(), make_account(app))
    before, headers = count_of(app, SeenProof), caller.key.headers("GET", PROFILE, caller.token)
    for _ in range(2):
        assert caller.client.get(PROFILE, headers=headers).status_code == 200
    assert count_of(app, SeenProof) == before == 1


def test_proof_that_is_refused_writes_nothing(app: Flask) -> None:
    caller = BoundCaller(app.test_client(), make_account(app))
    before, token = count_of(app, SeenProof), caller.token
    for headers in (
        DpopKey().headers("PATCH", PROFILE, token),
        caller.key.headers("PATCH", PROFILE, f"{token[:-8]}AAAAAAAA"),
        {"DPoP": caller.key.proof("PATCH", PROFILE, token)},
    ):
        assert rename(app, headers).status_code == 401
    for _ in range(2):
        stolen = {**csrf_header(caller.client), "DPoP": DpopKey().proof("POST", "/api/v2/refresh")}
        assert caller.client.post("/api/v2/refresh", headers=stolen).status_code == 401
    assert count_of(app, SeenProof) == before


def test_spent_proof_is_kept_for_longer_than_it_would_be_taken(
    app: Flask, clock: time_machine.Traveller
) -> None:
    caller = BoundCaller(app.test_client(), make_account(app))
    with app.app_context():
        seen = db.session.execute(db.select(SeenProof)).scalar_one()
    moment = the_clock.now()
    assert seen.expires_at - moment == timedelta(seconds=130)
    # Made on a clock that is a minute ahead, and shown again when it still counts.
    headers = {
        "Authorization": f"DPoP {caller.token}",
        "DPoP": caller.key.proof("PATCH", PROFILE, caller.token, iat=int(moment.timestamp()) + 60),
    }
    assert rename(app, headers).status_code == 200
    clock.shift(120)
    assert code_of(rename(app, headers)) == REPLAYED


@pytest.mark.limits
def test_outage_of_the_shared_store_opens_no_second_chance(
    app: Flask, make_app: Callable[..., Flask], redis_url: str | None
) -> None:
    caller = BoundCaller(app.test_client(), make_account(app))
    cut_off = make_app(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    before = caller.key.headers("PATCH", PROFILE, caller.token)
    assert rename(app, before).status_code == 200
    # The node that cannot ask what was seen takes no proof of before: it wants one that only its database knows.
    refused = rename(cut_off, before)
    assert code_of(refused) == (401, "use_dpop_nonce")
    during = caller.key.headers("PATCH", PROFILE, caller.token, refused.headers["DPoP-Nonce"])
    assert rename(cut_off, during).status_code == 200
    # And that is where it stays known, to every node.
    assert [code_of(rename(node, during)) for node in (cut_off, app)] == [REPLAYED, REPLAYED]


def test_dead_store_costs_a_sign_in_one_retry(make_app: Callable[..., Flask]) -> None:
    app = make_app(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    person, key, client = make_account(app), DpopKey(), app.test_client()
    body = {"username": person.username, "password": person.password}
    refused = client.post(LOGIN, json=body, headers={"DPoP": key.proof("POST", LOGIN)})
    assert code_of(refused) == (401, "use_dpop_nonce")
    assert count_of(app, Session) == 0
    proof = key.proof("POST", LOGIN, nonce=refused.headers["DPoP-Nonce"])
    assert client.post(LOGIN, json=body, headers={"DPoP": proof}).status_code == 200
