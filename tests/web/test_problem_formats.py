"""One refusal, three forms: the JSON of API v1, problem details in v2 (RFC 9457), and a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.make import make_account, make_administrator
from tests.servers.shared_routes import serve_too
from webapp.access.guards import public
from webapp.core.errors import Problem, Unavailable

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.page_client import PageClient

V1 = {"error", "message", "request_id"}
V2 = {"type", "title", "status", "detail", "code", "request_id"}
CASES = [
    ("GET", "nothing", {}, 404, "not_found"),
    ("GET", "login", {}, 405, "method_not_allowed"),
    ("GET", "protected", {}, 401, "token_missing"),
    ("POST", "login", {"data": "{}"}, 415, "unsupported_media_type"),
    ("POST", "login", {"data": "{", "content_type": "application/json"}, 400, "malformed_request"),
    ("POST", "login", {"data": b"x" * 70_000}, 413, "body_too_large"),
    ("GET", "protected", {"headers": {"Host": "evil.example"}}, 400, "untrusted_host"),
    ("GET", "./protected", {}, 400, "malformed_path"),
    ("GET", "protected", {"headers": {"X-Large": "x" * 17_000}}, 431, "headers_too_large"),
    ("POST", "login", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403, "cross_site_refused"),
]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"), CASES, ids=lambda value: str(value)[:24]
)
def test_refusal_of_v1_has_exactly_its_three_names(
    client: FlaskClient, method: str, path: str, sent: dict, status: int, code: str
) -> None:
    answer = client.open(f"/api/v1/{path}", method=method, **sent)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert set(answer.get_json()) == V1
    assert answer.get_json()["error"] == code
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"), CASES, ids=lambda value: str(value)[:24]
)
def test_refusal_of_v2_is_problem_details(
    client: FlaskClient, method: str, path: str, sent: dict, status: int, code: str
) -> None:
    answer = client.open(f"/api/v2/{path}", method=method, **sent)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert set(answer.get_json()) == V2
    assert (answer.get_json()["code"], answer.get_json()["status"]) == (code, status)
    assert answer.get_json()["type"] == f"urn:latchkey:problem:{code}"
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_wrong_values_are_listed_by_field(app: Flask, client: FlaskClient, version: str) -> None:
    make_administrator(app)
    answer = client.post(
        f"/api/{version}/register", json={"username": 1, "email": "a@example.org", "more": 1}
    )
    assert answer.status_code == 422
    assert answer.get_json()["fields"] == {
        "username": "Send a string.",
        "password": "This is required.",
        "more": "This name is not known here.",
    }


def test_many_wrong_values_make_no_answer_larger_than_the_request(client: FlaskClient) -> None:
    body = {str(number): 0 for number in range(5_000)}
    answer = client.post("/api/v1/login", json=body)
    assert answer.status_code == 422
    assert len(answer.get_json()["fields"]) == 20


@pytest.mark.parametrize("path", ["/api/v1/x", "/api/v2/x", "/x"])
def test_unavailable_says_when_to_come_back(app: Flask, client: FlaskClient, path: str) -> None:
    def view() -> Any:
        raise Unavailable(retry_after=7)

    serve_too(app, path, public(view))
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_page_of_a_refusal_is_a_whole_page_with_the_request_id(pages: PageClient) -> None:
    page = pages.get("/nothing")
    assert (page.status, page.heading) == (404, "Page not found")
    assert page.response.headers["X-Request-ID"] in page.text


@pytest.mark.parametrize("status", [400, 401, 403, 409, 410, 422, 429, 500, 503])
def test_every_status_has_its_page(app: Flask, pages: PageClient, status: int) -> None:
    def view() -> Any:
        problem = Problem("One <b>public</b> sentence.", retry_after=90)
        problem.status = status  # type: ignore[misc]
        raise problem

    serve_too(app, "/refused", public(view))
    page = pages.get("/refused")
    assert page.status == status
    assert "One <b>public</b> sentence." in page.text
    assert "<b>public</b>" not in page.html
    assert ("Try again in 2 minutes" in page.text) == (status in {429, 503})


def test_missing_file_is_answered_as_to_a_program(client: FlaskClient) -> None:
    answer = client.get("/static/v-x/none.css")
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not_found")


def test_problem_page_keeps_nothing_of_the_address_it_was_asked_for(pages: PageClient) -> None:
    page = pages.get("/nothing/<script>canary</script>?canary=1")
    assert page.status == 404
    assert "canary" not in page.html


def test_locked_account_is_told_so_only_after_the_right_password(app: Flask, client: FlaskClient) -> None:
    person = make_account(app, locked=True)
    wrong = client.post("/api/v1/login", json={"username": person.username, "password": "wrong"})
    right = client.post("/api/v1/login", json={"username": person.username, "password": person.password})
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_credentials")
    assert (right.status_code, right.get_json()["error"]) == (403, "account_locked")
