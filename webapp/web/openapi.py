"""The OpenAPI 3.1 document, made from the operations that are served."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from webapp.core.errors import InvalidInput, MalformedRequest
from webapp.infra.throttle import TooManyAttempts
from webapp.web.problems import TooLarge, UnsupportedMediaType
from webapp.web.versions import ANNOUNCED, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.core.errors import Problem

_COMPONENT = "#/components/schemas/{model}"


class ErrorAnswer(BaseModel):
    """Every refusal of API v1."""

    model_config = ConfigDict(extra="allow")

    error: str
    message: str
    request_id: str
    fields: dict[str, str] | None = None


def describe_api(operations: Iterable[Operation], public_url: str, app_name: str) -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    listed = list(operations)
    for version in ANNOUNCED:
        for operation in listed:
            path = f"/api/{version}" + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", operation.path)
            paths.setdefault(path, {})[operation.method.lower()] = _describe(operation, version, schemas)
    _add_schema(ErrorAnswer, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": app_name, "version": "1", "summary": "Sign-in, sessions and tokens."},
        "servers": [{"url": public_url}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT (RFC 9068)"},
                "refresh_cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-refresh_token"},
                "csrf_header": {"type": "apiKey", "in": "header", "name": "X-CSRF-TOKEN"},
            },
        },
    }


def _describe(operation: Operation, version: str, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{version}_{operation.name.replace('.', '_')}",
        "summary": operation.summary,
        "tags": [operation.name.partition(".")[0]],
        "security": _security(operation),
        "responses": _responses(operation, schemas),
    }
    names = re.findall(r"<(?:[a-z]+:)?([a-z_]+)>", operation.path)
    if names:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if operation.accepts is not None:
        schema = _add_schema(operation.accepts, schemas)
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    access = operation.access
    if access.kind == "bearer":
        return [{"bearer": [access.scope] if access.scope else []}]
    if access.kind == "refresh_cookie":
        return [{"refresh_cookie": [], "csrf_header": []}]
    return []


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in operation.answers.items():
        responses[str(status)] = {"description": "Done." if model is None else (model.__doc__ or "").strip()}
        if model is not None:
            schema = _add_schema(model, schemas)
            responses[str(status)]["content"] = {"application/json": {"schema": schema}}
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in (*operation.problems, *_common(operation)):
        if problem not in by_status.setdefault(problem.status, []):
            by_status[problem.status].append(problem)
    for status, kinds in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "; ".join(f"`{kind.code}`: {kind.message}" for kind in kinds),
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}},
        }
    return responses


def _common(operation: Operation) -> tuple[type[Problem], ...]:
    found: tuple[type[Problem], ...] = (TooManyAttempts, *operation.access.problems)
    if operation.accepts is not None:
        found += (MalformedRequest, TooLarge, UnsupportedMediaType, InvalidInput)
    return found


def _add_schema(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, str]:
    schema = model.model_json_schema(ref_template=_COMPONENT, mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"$ref": _COMPONENT.format(model=model.__name__)}
