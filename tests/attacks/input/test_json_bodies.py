"""Hostile bodies at every call that reads one: refused in words, never a failure, nothing echoed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.attacks.input.hostile_bodies import BODIES, CANARY, JSON, Caller, check_refusal
from tests.extents import EXTENTS, met_by
from tests.make import bearer, make_administrator
from webapp.web.json_bodies import JsonBody

if TYPE_CHECKING:
    from flask import Flask

    from webapp.web.versions import Operation

WRONG: list[Any] = [None, True, 0, -1, 1.5, [], [CANARY], {}, {"a": CANARY}, [[]], "", " ", CANARY * 500]


@pytest.fixture
def environment() -> dict[str, str]:
    names = ("AUTH_PER_ADDRESS", "PER_ADDRESS", "SIGNIN_OVERALL", "SIGNIN_PER_ACCOUNT", "REFRESH_PER_SESSION")
    return {f"LIMIT_{name}": "100000/h" for name in names}


def operations(app: Flask, *, reading: bool) -> list[Operation]:
    """Those that read JSON, or those that read nothing; what programs send in forms has tests of its own."""
    found = [each for each in app.extensions["latchkey_operations"] if each.method != "GET"]
    if reading:
        return [each for each in found if each.accepts is not None and issubclass(each.accepts, JsonBody)]
    return [each for each in found if each.accepts is None]


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("kind", BODIES)
def test_hostile_body_is_refused_wherever_one_is_read(app: Flask, kind: str, extent: str) -> None:
    body, content_type, statuses = BODIES[kind]
    caller = Caller(app, make_administrator(app))
    reading = met_by(kind, BODIES, operations(app, reading=True), extent)
    assert len(reading) >= 4
    for operation in reading:
        for version in ("v1", "v2"):
            begun = time.process_time()
            answer = caller.call(operation.method, f"/api/{version}{operation.path}", body, content_type)
            check_refusal(answer, statuses)
            assert time.process_time() - begun < 2


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("kind", BODIES)
def test_hostile_body_harms_no_call_that_reads_none(app: Flask, kind: str, extent: str) -> None:
    body, content_type, _ = BODIES[kind]
    caller = Caller(app, make_administrator(app))
    for operation in met_by(kind, BODIES, operations(app, reading=False), extent):
        path = f"/api/v1{operation.path}"
        answer = caller.call(operation.method, path, body, content_type)
        if path.endswith("/logout"):
            caller.sign_in()
        # Refused at most for what it is about: there is no such passkey, or nothing to verify.
        assert answer.status_code in {200, 201, 202, 204, 403, 404, 409, 413}, path
        assert CANARY not in answer.text


def statuses_for(name: str, wrong: Any) -> set[int]:
    """What a value may be answered with: of the right type it may be good, or wrong in another way."""
    if isinstance(wrong, str):
        return {401, 403, 404, 422} | ({201} if name == "name" else set())
    # What a passkey answers is an object, and so are headers; which one is not the business of this test.
    return {403, 404, 422} if name in {"credential", "headers"} and isinstance(wrong, dict) else {422}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:20])
def test_value_of_another_type_is_refused_in_every_field(app: Flask, wrong: Any) -> None:
    caller = Caller(app, make_administrator(app))
    for operation in operations(app, reading=True):
        assert operation.accepts is not None
        for name, field in operation.accepts.model_fields.items():
            if wrong is None and not field.is_required() and field.default is None:
                # Nothing is as good as leaving it out.
                continue
            body = dict.fromkeys(operation.accepts.model_fields, "sensible enough") | {name: wrong}
            path = f"/api/v1{operation.path}"
            answer = caller.call(operation.method, path, json.dumps(body).encode(), JSON)
            check_refusal(answer, statuses_for(name, wrong))


def test_unknown_names_are_refused_and_assign_nothing(app: Flask) -> None:
    caller = Caller(app, make_administrator(app))
    for operation in operations(app, reading=True):
        assert operation.accepts is not None
        body = dict.fromkeys(operation.accepts.model_fields, "x") | {"roles": ["administrator"], "id": CANARY}
        answer = caller.call(operation.method, f"/api/v1{operation.path}", json.dumps(body).encode(), JSON)
        check_refusal(answer, {422})
        # Where one is known it is refused only for what it is.
        unknown = {"roles", "id"} - operation.accepts.model_fields.keys()
        assert unknown <= set(answer.get_json()["fields"])


@pytest.mark.parametrize(
    "password", ["[" * 40 + "lantern", '{"' * 30 + "lantern at dusk", 'a"b\\c' * 5 + "[[[" * 9]
)
def test_brackets_and_quotes_in_a_password_are_no_depth(app: Flask, password: str) -> None:
    make_administrator(app)
    body = {"username": "grace", "email": "grace@example.org", "password": password}
    client = app.test_client()
    assert client.post("/api/v1/register", json=body).status_code == 202
    assert client.post("/api/v1/login", json={"username": "grace", "password": password}).status_code == 200


@pytest.mark.parametrize(
    "text",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;x=y"],
)
def test_media_type_is_read_as_the_standard_says(app: Flask, text: str) -> None:
    make_administrator(app)
    answer = app.test_client().post("/api/v1/login", data=b"{}", content_type=text)
    assert answer.status_code == 422


def test_body_is_looked_at_only_after_the_token(app: Flask) -> None:
    for operation in operations(app, reading=True):
        if operation.access.kind == "bearer":
            answer = app.test_client().open(
                f"/api/v1{operation.path}", method=operation.method, data="{", headers=bearer("x.y.z")
            )
            assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_token")
