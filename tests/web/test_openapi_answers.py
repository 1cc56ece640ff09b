"""What the document promises is what is answered: a real answer of every operation, held against its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.make import (
    PASSWORD,
    bearer,
    csrf_header,
    make_account,
    make_administrator,
    make_program,
    sign_in_by_api,
)
from tests.tokens.dpop_key import BoundCaller
from tests.web.schema_check import faults

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

FORM = "application/x-www-form-urlencoded"
NEW = {"username": "grace", "email": "grace@example.org", "password": "eleven paper boats upstream"}
# operation -> what is sent where it succeeds; the order is that of a person's day.
SUCCEEDS: list[tuple[str, str, Any]] = [
    ("POST", "/register", NEW),
    ("POST", "/login", {"username": "ada", "password": PASSWORD}),
    ("POST", "/refresh", {}),
    ("GET", "/csrf", None),
    ("POST", "/introspect", {"token": "x"}),
    ("POST", "/revoke", {"token": "x"}),
    ("GET", "/verify", None),
    ("POST", "/verify", {"token": "x"}),
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
    return client.open(path, method=method, headers=headers, **written(path, body))


def written(path: str, body: Any) -> dict[str, Any]:
    """How a client of the tests takes the body."""
    if is_form(path):
        return {"data": {name: str(value) for name, value in dict(body or {}).items()}}
    return {} if body is None else {"json": body}


def is_form(path: str) -> bool:
    return path.endswith(("/introspect", "/revoke"))


def is_for_clients(method: str, path: str) -> bool:
    return is_form(path) or (method, path) == ("POST", "/verify")


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
    program = make_program(app)
    document = client.get("/openapi.json").get_json()
    told = {(method, f"/api/v1{path}") for method, path, _ in SUCCEEDS}
    assert told == {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/api/v1/")
    }
    for method, path, body in SUCCEEDS:
        sessions = client.get("/api/v1/sessions", headers=headers).get_json()["sessions"]
        foreign = next((each["id"] for each in sessions if not each["current"]), "")
        sent = program.headers if is_for_clients(method, path) else {**headers, **csrf_header(client)}
        shown = {"token": headers["Authorization"].split()[1]} if path == "/verify" and body else body
        answer = call(client, method, f"/api/v1{path}".replace("{session_id}", foreign), shown, sent)
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
            ((kind, content),) = described["content"].items()
            assert kind == (FORM if is_form(path) else "application/json")
            schema = content["schema"]
            components = document["components"]["schemas"]
            assert faults(body, schema, components) == []
            assert faults({**body, "more": 1}, schema, components) != []
            assert (faults({}, schema, components) != []) == described["required"]


def test_second_version_answers_as_it_is_described(app: Flask, client: FlaskClient) -> None:
    person = make_administrator(app, "ada")
    sign_in_by_api(app.test_client(), person)
    caller = BoundCaller(client, person)
    document = client.get("/openapi.json").get_json()
    for method, path, body in SUCCEEDS:
        found = caller.call("GET", "/api/v2/sessions").get_json()["sessions"]
        foreign = next((each["id"] for each in found if not each["current"]), "")
        at, options = f"/api/v2{path}".replace("{session_id}", foreign), written(path, body)
        for broken in ({"DPoP": "x.y.z"}, csrf_header(client)):
            answer = caller.call(method, at, broken, **options)
            check(document, method, f"/api/v2{path}", answer)
        if path in {"/login", "/refresh"}:
            assert answer.get_json()["token_type"] == "DPoP"
            caller.token = answer.get_json()["access_token"]
