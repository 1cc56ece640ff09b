"""A copy of one's own data: whole, without secrets, and of a size that fits into memory."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import select

from tests.make import bearer, entered, make_account, sign_in_by_api
from tests.signin.faces import events_of
from webapp.accounts.models import Account, FormerAddress
from webapp.factors.models import Passkey, TotpFactor
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.profile.export import MOST_EVENTS

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

EXPORT = "/api/v1/export"
START = datetime(2030, 5, 1, 12, tzinfo=UTC)
PARTS = {
    "exported_at", "note", "account", "addresses", "roles", "sessions", "devices", "second_factors",
    "recovery_codes", "activity", "connection_calls", "connection_days",
}  # fmt: skip


def export(client: FlaskClient, token: dict[str, str]) -> dict[str, Any]:
    answer = client.get(EXPORT, headers=token)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


@pytest.mark.database
def test_file_holds_every_part(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False):
        person, gone = make_account(app, "ada"), app.test_client()
        gone.post("/api/v1/logout", headers=sign_in_by_api(gone, person))
        token = sign_in_by_api(client, person)
        with entered(app), unit_of_work():
            moments = {"created_at": START, "confirmed_at": START}
            db.session.add(
                TotpFactor(id="t", account_id=person.id, name="Phone", secret=b"sealed", **moments)
            )
            kept = {"replaced_at": START, "kept_until": START + timedelta(days=7)}
            address = {"address": "old@example.org", "address_key": "old@example.org"}
            db.session.add(FormerAddress(id="f", account_id=person.id, **address, **kept))
        answer = client.get(EXPORT, headers=token)
    found = answer.get_json()
    disposition = 'attachment; filename="latchkey-ada-2030-05-01.json"'
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == ("application/json", disposition)
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(found) == PARTS
    assert (found["account"]["id"], found["roles"]) == (person.id, ["user"])
    assert [(each["address"], each["state"]) for each in found["addresses"]] == [
        ("ada@example.org", "verified"),
        ("old@example.org", "replaced"),
    ]
    assert [each["end_cause"] for each in found["sessions"]] == [None, "signed_out"]
    assert [each["name"] for each in found["second_factors"]] == ["Phone"]
    assert len(found["devices"]) == 2
    assert found["activity"][-1]["sentence"] == "Your account was made"


def test_no_secret_is_in_it(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    token = sign_in_by_api(client, person)
    device = client.get_cookie("__Host-device")
    with entered(app), unit_of_work():
        key = {
            "credential_id": b"credential",
            "public_key": b"public",
            "is_synced": True,
            "created_at": START,
        }
        db.session.add(Passkey(id="p", account_id=person.id, name="Key", **key))
        stored = db.session.scalar(select(Account.password_hash).where(Account.id == person.id))
    text = json.dumps(export(client, token))
    assert device is not None
    secrets = [str(stored), device.value, person.password, "credential_id", "public_key", "_hash", "secret"]
    assert [each for each in secrets if each in text] == []


def test_taking_it_is_an_event(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app))
    export(client, token)
    assert len(events_of(app, "data.exported")) == 1
    assert export(client, token)["activity"][0]["sentence"] == "You took a copy of your data"


def test_data_of_others_is_not_there(app: Flask, client: FlaskClient) -> None:
    other = make_account(app)
    sign_in_by_api(app.test_client(), other)
    text = json.dumps(export(client, sign_in_by_api(client, make_account(app))))
    assert other.id not in text
    assert other.username not in text


def test_hundred_thousand_events_are_cut_and_told_of(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    row = {
        "occurred_at": START, "name": "login.succeeded", "result": "success", "account_id": person.id,
        "via": "request", "address": "192.0.2.1", "user_agent": "x" * 200, "request_id": "r", "detail": "{}",
        "form": 1, "digest": b"d",
    }  # fmt: skip
    with entered(app), unit_of_work():
        for _ in range(10):
            db.session.execute(AuditEvent.__table__.insert(), [row] * 10_000)  # type: ignore[attr-defined]
    token = sign_in_by_api(client, person)
    tracemalloc.start()
    found = export(client, token)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found["activity"]) == MOST_EVENTS
    assert "there are older ones" in found["note"]
    assert peak < 100_000_000


def test_needs_a_fresh_proof_and_a_session(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = sign_in_by_api(client, make_account(app))
        clock.shift(timedelta(minutes=10))
        answer = client.get(EXPORT, headers=token)
        assert (answer.status_code, answer.get_json()["error"]) == (401, "insufficient_user_authentication")
        client.post("/api/v1/logout", headers=token)
        assert [client.get(EXPORT, headers=each).status_code for each in ({}, bearer("x"), token)] == [
            401
        ] * 3
    assert events_of(app, "data.exported") == []
