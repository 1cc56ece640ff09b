"""The OpenAPI document is the routes, whole and true, and docs/openapi.json is that document.

To write that file anew: `python -m tests.web.test_openapi_document`
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.application import build_app
from webapp.core.errors import Problem
from webapp.ops import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    return answer.get_json()


# There is nothing to say with these.
WITHOUT_BODY = (
    "/logout",
    "/options",
    "/deletion",
    "/email/verification",
    "/factors/recovery-codes",
)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def test_committed_document_is_the_one_that_is_served(document: dict[str, Any]) -> None:
    assert json.loads(FILE.read_text()) == document


def test_document_is_written_once_however_often_it_is_asked_for(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get("/openapi.json")

    def write_again(*_: Any) -> None:
        raise AssertionError("any stranger may have this done, over and over")

    monkeypatch.setattr(pages, "describe_api", write_again)
    again = client.get("/openapi.json")
    assert (again.status_code, again.content_type, again.data) == (200, first.content_type, first.data)


def test_document_and_routes_are_the_same(app: Flask, document: dict[str, Any]) -> None:
    described = {(method, path) for path, method, _ in operations(document)}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
    assert len(described) >= 12


def test_second_version_describes_its_own_errors_tokens_and_proofs(document: dict[str, Any]) -> None:
    first = {path.replace("/v1/", "/v2/"): each for path, each in document["paths"].items() if "/v1/" in path}
    second = {path: each for path, each in document["paths"].items() if "/v2/" in path}
    assert set(first) == set(second)
    assert "problem+json" not in json.dumps(first)
    assert "DPoP" not in json.dumps(first).replace("The DPoP proof is missing", "")
    assert "ErrorAnswer" not in json.dumps(second)
    login = second["/api/v2/login"]["post"]
    assert [each["name"] for each in login["parameters"]] == ["DPoP"]
    assert "use_dpop_nonce" in login["responses"]["401"]["description"]
    assert "DPoP-Nonce" in login["responses"]["401"]["headers"]
    assert "BoundTokenAnswer" in json.dumps(login["responses"]["200"])
    assert second["/api/v2/protected"]["get"]["security"] == [{"dpop": []}]


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    found = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert found == set(document["components"]["schemas"])


def test_every_operation_says_what_it_is_and_what_it_answers(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert operation["summary"].endswith("."), path
        assert {status[0] for status in operation["responses"]} >= {"2", "4"}, path
        assert ("requestBody" in operation) == (
            method in {"POST", "PUT", "PATCH"} and not path.endswith(WITHOUT_BODY)
        ), path
        named = re.findall(r"\{(\w+)\}", path)
        found = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
        assert found == named


def test_every_call_that_needs_a_token_says_so(app: Flask, document: dict[str, Any]) -> None:
    views: dict[str, Any] = app.view_functions
    access = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method): views[rule.endpoint].access.kind
        for rule in app.url_map.iter_rules()
        for method in rule.methods or set()
    }
    schemes = {"bearer": {"bearer"}, "refresh_cookie": {"refresh_cookie", "csrf_header"}, "public_api": set()}
    schemes["refresh_cookie_alone"] = {"refresh_cookie"}
    schemes["client"] = {"client"}
    schemes["forwarded"] = {"bearer", "page_session"}
    for path, method, operation in operations(document):
        named = {name for each in operation["security"] for name in each}
        if path.startswith("/api/v2/"):
            named = {"bearer" if name == "dpop" else name for name in named}
        assert named == schemes[access[path, method]], path
        assert named <= set(document["components"]["securitySchemes"])


def test_every_refusal_described_is_in_the_catalogue_under_its_status(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status[0] in "45":
                for code in re.findall(r"`([a-z_]+)`: ", response["description"]):
                    assert str(Problem.catalogue[code].status) == status, path


def write_file(folder: Path) -> None:
    app = build_app(folder, f"sqlite:///{folder}/unused.db")
    document = app.test_client().get("/openapi.json").get_json()
    FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_file(Path(folder))
