"""Renaming a factor asks for a fresh proof, so that a stolen session cannot exchange two names."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import FACTORS, factors_of, token_of
from tests.make import enrol_app, make_account

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def test_session_without_a_fresh_proof_renames_nothing(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        enrolled = enrol_app(app, person, "Phone")
        token = token_of(app, person)
        clock.shift(timedelta(minutes=10))
        answer = client.patch(f"{FACTORS}/{enrolled.id}", headers=token, json={"name": "Other"})
        assert (answer.status_code, answer.get_json()["error"]) == (401, "insufficient_user_authentication")
        assert [each["name"] for each in factors_of(client, token)["totp"]] == ["Phone"]


# SQLite has one writer at a time.
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_rename_that_comes_during_the_removal_finds_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.factors import store

    person = make_account(app)
    path, token = f"{FACTORS}/{enrol_app(app, person).id}", token_of(app, person)
    delete = store.delete_factor
    others = ThreadPoolExecutor(1)
    renames: list[Any] = []

    def rename() -> int:
        answer = app.test_client().patch(path, headers=token, json={"name": "Other"})
        return answer.status_code

    def delete_slowly(*given: Any) -> None:
        delete(*given)
        renames.append(others.submit(rename))
        # Long enough for the rename to find the factor, if nothing held it back.
        threading.Event().wait(1)

    monkeypatch.setattr(store, "delete_factor", delete_slowly)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    assert app.test_client().delete(path, headers=token).status_code == 204
    assert renames[0].result(10) == 404
