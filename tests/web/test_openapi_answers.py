"""What the document promises is what is answered: a real answer of every operation, held against its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.make import PASSWORD, bearer, csrf_header, make_account, make_administrator, sign_in_by_api
from tests.web.schema_check import faults

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

NEW = {"username": "grace", "email": "grace@example.org", "password": "eleven paper boats upstream"}
# operation -> what is sent where it succeeds; the order is that of a person's day.
SUCCEEDS: list[tuple[str, str, Any]] = [
    ("POST", "/register", NEW),
    ("POST", "/login", {"username": "ada", "password": PASSWORD}),
    ("POST", "/refresh", None),
    ("GET", "/protected", None),
    ("GET", "/profile", None),
    ("PATCH", "/profile", {"display_name": "Ada L."}),
    ("GET", "/sessions", None),
    ("DELETE", "/sessions/{session_id}", None),
    ("DELETE", "/sessions", None),
    ("POST", "/proof", {"password": PASSWORD}),
    ("POST", "/password", {"password": NEW["password"]}),
    ("POST", "/logout", None),
]


def call(client: FlaskClient, method: str, path: str, body: Any, headers: dict[str, str]) -> TestResponse:
    options = {} if body is None else {"json": body}
    return client.open(path, method=method, headers=headers, **options)


def check(document: dict[str, Any], method: str, path: str, answer: TestResponse) -> None:
    responses = document["paths"][path][method.lower()]["responses"]
    assert str(answer.status_code) in responses, (
        f"{method} {path} answers {answer.status_code}: {answer.text}"
    )
    content = responses[str(answer.status_code)].get("content")
    if content is None:
        assert answer.data == b""
    else:
        schema = content[answer.mimetype]["schema"]
        assert faults(answer.get_json(), schema, document["components"]["schemas"]) == []


def test_every_operation_answers_success_as_it_is_described(app: Flask, client: FlaskClient) -> None:
    person = make_administrator(app, "ada")
    other = app.test_client()
    sign_in_by_api(other, person)
    headers = sign_in_by_api(client, person)
    document = client.get("/openapi.json").get_json()
    told = {(method, f"/api/v1{path}") for method, path, _ in SUCCEEDS}
    assert told == {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    for method, path, body in SUCCEEDS:
        sessions = client.get("/api/v1/sessions", headers=headers).get_json()["sessions"]
        foreign = next((each["id"] for each in sessions if not each["current"]), "")
        answer = call(
            client,
            method,
            f"/api/v1{path}".replace("{session_id}", foreign),
            body,
            {**headers, **csrf_header(client)},
        )
        assert answer.status_code < 300, (path, answer.text)
        check(document, method, f"/api/v1{path}", answer)
        if "token" in (answer.get_json(silent=True) or {}):
            headers = bearer(answer.get_json()["token"])


@pytest.mark.parametrize("body", [None, {}, [], {"username": 1}])
def test_every_operation_answers_refusals_as_they_are_described(
    app: Flask, client: FlaskClient, body: Any
) -> None:
    headers = sign_in_by_api(app.test_client(), make_administrator(app))
    document = client.get("/openapi.json").get_json()
    for method, path, _ in SUCCEEDS:
        for given in ({}, headers, bearer("x.y.z")):
            if path != "/sessions" or method == "GET":
                answer = call(client, method, f"/api/v1{path}".replace("{session_id}", "x"), body, given)
                check(document, method, f"/api/v1{path}", answer)


def test_requests_described_are_the_requests_taken(app: Flask, client: FlaskClient) -> None:
    make_account(app, roles=("administrator",))
    document = client.get("/openapi.json").get_json()
    for method, path, body in SUCCEEDS:
        described = document["paths"][f"/api/v1{path}"][method.lower()].get("requestBody")
        assert (described is None) == (body is None), path
        if described:
            schema = described["content"]["application/json"]["schema"]
            components = document["components"]["schemas"]
            assert faults(body, schema, components) == []
            assert faults({**body, "more": 1}, schema, components) != []
            assert faults({}, schema, components) != []


def test_second_version_names_its_token_access_token(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    answer = client.post("/api/v2/login", json={"username": person.username, "password": person.password})
    assert set(answer.get_json()) == {"access_token", "token_type", "expires_in", "scope"}
    refreshed = client.post("/api/v2/refresh", headers=csrf_header(client))
    assert set(refreshed.get_json()) == {"access_token", "token_type", "expires_in", "scope"}
    assert (
        client.get("/api/v2/protected", headers=bearer(refreshed.get_json()["access_token"])).status_code
        == 200
    )
