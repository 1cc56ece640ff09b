"""A session belongs to the first key it is shown: what that key may do from then on, and no other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.make import csrf_header, make_account, refresh, sign_in_by_api
from tests.tokens.dpop_key import BoundCaller, DpopKey
from tests.tokens.shown_tokens import cookies_of
from webapp.core import clock as the_clock
from webapp.core.event_names import EventName
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.sessions.models import Session
from webapp.tokens import chain_store

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

REFRESH = "/api/v2/refresh"


def row(app: Flask) -> Session:
    with app.app_context():
        return db.session.execute(db.select(Session)).scalar_one()


def show(client: FlaskClient, key: DpopKey) -> TestResponse:
    """Renew by the client's cookie, with a proof of this key."""
    return client.post(REFRESH, headers={**csrf_header(client), "DPoP": key.proof("POST", REFRESH)})


def test_sign_in_at_v2_binds_the_session_and_its_token(app: Flask, client: FlaskClient) -> None:
    caller = BoundCaller(client, make_account(app))
    assert row(app).key_thumbprint == caller.key.thumbprint
    answer = caller.call("GET", "/api/v2/protected")
    assert answer.status_code == 200
    with app.app_context():
        names = db.session.scalars(db.select(AuditEvent.name)).all()
    assert names.count(EventName.SESSION_BOUND) == 1


def test_first_key_shown_at_renewal_binds_a_session_of_a_page_or_of_v1(
    app: Flask, client: FlaskClient
) -> None:
    plain, key = sign_in_by_api(client, make_account(app)), DpopKey()
    answer = show(client, key)
    assert (answer.status_code, answer.get_json()["token_type"]) == (200, "DPoP")
    assert row(app).key_thumbprint == key.thumbprint
    # The plain token of before is worth nothing any more, wherever it is.
    refused = client.get("/api/v1/protected", headers=plain)
    assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_token")


def test_bound_session_is_renewed_by_its_own_key_alone_and_its_chain_stays(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    caller = BoundCaller(client, make_account(app))
    clock.shift(300)
    before = row(app)
    refused = [
        client.post("/api/v1/refresh", headers=csrf_header(client)),
        client.post("/api/v1/refresh", headers={**csrf_header(client), "DPoP": caller.key.proof("POST", REFRESH)}),
        show(client, DpopKey()),
        caller.refresh(""),
    ]  # fmt: skip
    for answer in refused:
        assert answer.status_code == 401
        assert "invalid_dpop_proof" in answer.text
        assert answer.headers["WWW-Authenticate"] == 'DPoP error="invalid_dpop_proof", algs="ES256"'
        assert not cookies_of(answer)
    after = row(app)
    assert (after.counter, after.received, after.rotated_at) == (
        before.counter,
        before.received,
        before.rotated_at,
    )
    assert caller.refresh().status_code == 200
    assert row(app).counter == before.counter + 1


def test_two_tabs_of_one_browser_share_its_key(app: Flask, client: FlaskClient) -> None:
    caller = BoundCaller(client, make_account(app))
    first = caller.token
    assert caller.refresh().status_code == 200
    for token in (first, caller.token):
        headers = caller.key.headers("GET", "/api/v2/profile", token)
        assert client.get("/api/v2/profile", headers=headers).status_code == 200


def test_first_version_stays_as_it_is_while_no_key_is_shown(app: Flask, client: FlaskClient) -> None:
    sign_in_by_api(client, make_account(app))
    assert client.get("/api/v1/protected", headers=refresh(client)).status_code == 200
    assert row(app).key_thumbprint is None


def test_tokens_die_with_the_key_they_were_bound_to(app: Flask, client: FlaskClient) -> None:
    caller = BoundCaller(client, make_account(app))
    with app.app_context():
        db.session.execute(db.update(Session).values(key_thumbprint=None))
        db.session.commit()
    refused = caller.call("GET", "/api/v2/protected")
    assert (refused.status_code, refused.get_json()["code"]) == (401, "invalid_token")
    caller.key = DpopKey()
    assert caller.refresh().status_code == 200
    assert caller.call("GET", "/api/v2/protected").status_code == 200


@pytest.mark.database
def test_of_two_keys_at_once_one_binds_and_the_other_changes_nothing(
    app: Flask, make_app: Callable[..., Flask]
) -> None:
    person, start = make_account(app), threading.Barrier(2)
    first = app.test_client()
    sign_in_by_api(first, person)
    second = make_app().test_client()
    for name in ("__Host-refresh_token", "__Host-csrf_refresh_token"):
        cookie = first.get_cookie(name)
        assert cookie is not None
        second.set_cookie(name, cookie.value, domain="localhost", secure=True)
    keys, answers = (DpopKey(), DpopKey()), {}

    def run(client: FlaskClient, key: DpopKey) -> None:
        start.wait(5)
        answers[key.thumbprint] = show(client, key)

    threads = [threading.Thread(target=run, args=each) for each in zip((first, second), keys, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bound = row(app)
    assert sorted(answer.status_code for answer in answers.values()) == [200, 401]
    assert answers[bound.key_thumbprint or ""].status_code == 200
    assert bound.counter == 2


def test_nothing_is_written_past_a_key_that_came_in_between(app: Flask, client: FlaskClient) -> None:
    sign_in_by_api(client, make_account(app))
    stale, key = row(app), DpopKey()
    state = chain_store.state_of(stale)
    assert show(client, key).status_code == 200
    with app.app_context():
        db.session.execute(db.update(Session).values(counter=1, received=1, rotated_at=None))
        db.session.commit()
    with app.app_context(), unit_of_work():
        assert not chain_store.bind(stale, state, DpopKey().thumbprint)
        assert not chain_store.swap(stale, state, 2, 1, the_clock.now(), b"")
    assert row(app).key_thumbprint == key.thumbprint
