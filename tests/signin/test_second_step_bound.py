"""The second step where tokens are bound to a key, and where attempts of an address are counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.signin.faces import ask
from tests.signin.second_step_faces import SecondStep, make_person_with_app


def test_step_that_only_needs_another_uses_up_no_attempt(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="3/1d", LIMIT_SIGNIN_PER_ACCOUNT="3/1d")
    person, device = make_person_with_app(app)
    client = app.test_client()
    for _ in range(5):
        assert ask("api", client, person.username, person.password).get_json()["error"] == "mfa_required"
    assert SecondStep("api", client, person).send(device.code()).status_code == 200


def test_wrong_codes_use_up_those_of_the_address(make_app: Callable[..., Flask]) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="3/1d")
    person, device = make_person_with_app(app)
    step = SecondStep("api", app.test_client(), person)
    assert [step.send("000000").status_code for _ in range(4)] == [401] * 3 + [429]
    assert step.send(device.code()).status_code == 429


@pytest.mark.parametrize("path", ["login", "login/mfa"])
def test_version_two_wants_a_proof_at_both_steps(client: FlaskClient, path: str) -> None:
    body = {"username": "x", "password": "x"} if path == "login" else {"mfa_token": "x", "code": "123456"}
    refused = client.post(f"/api/v2/{path}", json=body)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "invalid_dpop_proof")
