"""What the document promises is what is answered: a real answer of every operation, held against its schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from werkzeug.datastructures import MultiDict

from tests.connections.making import LOOPBACK, make_connection
from tests.make import (
    bearer,
    csrf_header,
    make_administrator,
    make_program,
    sign_in_by_api,
)
from tests.servers.upstream import upstream
from tests.servers.upstream_answers import reply
from tests.tokens.dpop_key import BoundCaller
from tests.web.api_day import SUCCEEDS, Day
from tests.web.schema_check import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.make import Person

CSRF_COOKIE = "__Host-csrf_refresh_token"
# A broken proof refuses none of these: nothing bound is given out, and who lost their key still signs out.
WITHOUT_SENDER = {"/register", "/csrf", "/login/passkey/options", "/logout"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1", "MAIL_FROM": "door@example.org", **LOOPBACK}


@pytest.fixture(autouse=True)
def service(app: Flask) -> Iterator[None]:
    """What a connection leads to, which answers with nothing."""
    with upstream() as found:
        found.on("/x", reply())
        make_connection(app, base_url=found.url)
        yield


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


def live(app: Flask, client: FlaskClient) -> Iterator[tuple[str, str, Any, TestResponse]]:
    """Each call of the day at the first version, with the body that was sent and the answer."""
    person = make_world(app)
    program, headers = make_program(app), sign_in_by_api(client, person)

    def send(method: str, path: str, body: Any) -> TestResponse:
        own = {**headers, **csrf_header(client)} if client.get_cookie(CSRF_COOKIE) else headers
        sent = program.headers if is_for_clients(method, path) else own
        return call(client, method, f"/api/v1{path}", body, sent)

    day = Day(send)
    for method, path, given in SUCCEEDS:
        body = given(day) if callable(given) else given
        if (method, path) == ("POST", "/verify"):
            body = {"token": headers["Authorization"].split()[1]}
        answer = send(method, day.path(path), body)
        assert answer.status_code < 300, (method, path, answer.text)
        day.note(method, path, answer)
        yield method, path, body, answer
        if "token" in (answer.get_json(silent=True) or {}):
            headers = bearer(answer.get_json()["token"])


def make_world(app: Flask) -> Person:
    """Somebody who is signed in elsewhere too, and is not the only one who administers, so that they may leave."""
    person = make_administrator(app, "ada")
    make_administrator(app)
    sign_in_by_api(app.test_client(), person)
    return person


def test_every_operation_answers_success_as_it_is_described(app: Flask, client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    assert {(method, f"/api/v1{path}") for method, path, _ in SUCCEEDS} == {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/api/v1/")
    }
    for method, path, _, answer in live(app, client):
        check(document, method, f"/api/v1{path}", answer)


@pytest.mark.parametrize("body", [None, {}, [], {"username": 1}])
def test_every_operation_answers_refusals_as_they_are_described(
    app: Flask, client: FlaskClient, body: Any
) -> None:
    headers = sign_in_by_api(app.test_client(), make_administrator(app))
    document = client.get("/openapi.json").get_json()
    for method, path, _ in SUCCEEDS:
        for given in ({}, headers, bearer("x.y.z")):
            if path != "/sessions" or method == "GET":
                at = re.sub(r"{\w+}", "x", f"/api/v1{path}")
                answer = call(client, method, at, body, given)
                check(document, method, f"/api/v1{path}", answer)


def test_requests_described_are_the_requests_taken(app: Flask, client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    for method, path, body, _ in live(app, client):
        described = document["paths"][f"/api/v1{path}"][method.lower()].get("requestBody")
        if described and "*/*" in described["content"]:
            # It goes to another service, whatever it is.
            continue
        assert (described is None) == (body is None), path
        if described:
            ((kind, content),) = described["content"].items()
            assert kind == (FORM if is_form(path) else "application/json")
            schema = content["schema"]
            components = document["components"]["schemas"]
            assert faults(body, schema, components) == []
            assert faults({**body, "more": 1}, schema, components) != []
            assert (faults({}, schema, components) != []) == described["required"]


class Watched(MultiDict[str, str]):
    """A query that remembers by which names it was asked."""

    names: ClassVar[set[str]] = set()

    def get(self, key: str, *further: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().get(key, *further, **named)

    def getlist(self, key: str, *further: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().getlist(key, *further, **named)

    def __getitem__(self, key: str) -> str:
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def whole(self, *_: Any, **__: Any) -> Any:
        pytest.fail("a view reads the whole of its query, whatever is in it")

    __iter__ = items = lists = keys = values = listvalues = to_dict = whole


def test_query_parameters_described_are_those_that_are_read(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WatchedRequest(app.request_class):  # type: ignore[name-defined]
        @property
        def args(self) -> Watched:
            return Watched(super().args)

    monkeypatch.setattr(app, "request_class", WatchedRequest)
    document = client.get("/openapi.json").get_json()
    found = {}
    for method, path, _, _ in live(app, client):
        parameters = document["paths"][f"/api/v1{path}"][method.lower()].get("parameters", [])
        described = {each["name"] for each in parameters if each["in"] == "query"}
        assert Watched.names == described, (method, path)
        assert not [each for each in parameters if each["in"] == "query" and each["required"]]
        found.update(dict.fromkeys(described, path))
        Watched.names.clear()
    assert found == {"cursor": "/activity", "scope": "/verify"}


def test_second_version_answers_as_it_is_described(app: Flask, client: FlaskClient) -> None:
    caller = BoundCaller(client, make_world(app))
    document = client.get("/openapi.json").get_json()

    def send(method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> TestResponse:
        has_cookie = client.get_cookie(CSRF_COOKIE)
        more = headers or (csrf_header(client) if has_cookie else {})
        return caller.call(method, f"/api/v2{path}", more, **written(path, body))

    day = Day(send)
    for method, path, given in SUCCEEDS:
        body = given(day) if callable(given) else given
        answer = send(method, day.path(path), body, {"DPoP": "x.y.z"})
        check(document, method, f"/api/v2{path}", answer)
        assert (answer.status_code < 300) == (path in WITHOUT_SENDER), (method, path, answer.text)
        if path not in WITHOUT_SENDER:
            answer = send(method, day.path(path), body)
            check(document, method, f"/api/v2{path}", answer)
        assert answer.status_code < 300 or is_for_clients(method, path), (method, path, answer.text)
        day.note(method, path, answer)
        if "access_token" in (answer.get_json(silent=True) or {}):
            assert answer.get_json()["token_type"] == "DPoP"
            caller.token = answer.get_json()["access_token"]
