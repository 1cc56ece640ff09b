"""The OpenAPI 3.1 document, made from the operations that are served."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from webapp.core.errors import InvalidInput, MalformedRequest, Problem
from webapp.infra.throttle import TooManyAttempts
from webapp.web.form_bodies import MEDIA_TYPE, FormBody, InvalidRequest
from webapp.web.problems import TooLarge, UnsupportedMediaType
from webapp.web.versions import ANNOUNCED, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

_SENDING = frozenset({"POST", "PUT", "PATCH"})
_COMPONENT = "#/components/schemas/{model}"


class ErrorAnswer(BaseModel):
    """Every refusal of API v1."""

    model_config = ConfigDict(extra="allow")

    error: str
    message: str
    request_id: str
    fields: dict[str, str] | None = None


class ProblemDetails(BaseModel):
    """Every refusal of API v2 (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    fields: dict[str, str] | None = None


# By version: the model of a refusal and the media type it comes in.
_REFUSALS: dict[str, tuple[type[BaseModel], str]] = {
    "v1": (ErrorAnswer, "application/json"),
    "v2": (ProblemDetails, "application/problem+json"),
}
_PROOF_PARAMETER = {
    "name": "DPoP",
    "in": "header",
    "required": True,
    "description": "One proof of possession for this very request (RFC 9449): ES256, used once.",
    "schema": {"type": "string"},
}
_NONCE_HEADER = {
    "description": "The nonce to put into the next proof, where one is wanted.",
    "schema": {"type": "string"},
}
_PROOF_PROBLEMS = ("invalid_dpop_proof", "use_dpop_nonce")


def describe_api(operations: Iterable[Operation], public_url: str, app_name: str) -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    listed = list(operations)
    for version in ANNOUNCED:
        for operation in listed:
            path = f"/api/{version}" + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", operation.path)
            paths.setdefault(path, {})[operation.method.lower()] = _describe(operation, version, schemas)
    for model, _ in _REFUSALS.values():
        _add_schema(model, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": app_name, "version": "2", "summary": "Sign-in, sessions and tokens."},
        "servers": [{"url": public_url}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT (RFC 9068)"},
                "client": {"type": "http", "scheme": "basic"},
                "dpop": {"type": "http", "scheme": "dpop", "description": "A bound token (RFC 9449)."},
                "page_session": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
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
        "security": _security(operation, version),
        "responses": _responses(operation, version, schemas),
    }
    names = re.findall(r"<(?:[a-z]+:)?([a-z_]+)>", operation.path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "description": about, "schema": {"type": "string"}}
        for name, about in operation.query.items()
    ]
    if _needs_proof(operation, version):
        # A proxy also asks about people on pages, who prove no key.
        parameters.append({**_PROOF_PARAMETER, "required": operation.access.kind != "forwarded"})
    if parameters:
        described["parameters"] = parameters
    if operation.accepts is not None:
        schema = _add_schema(operation.accepts, schemas)
        kind = MEDIA_TYPE if issubclass(operation.accepts, FormBody) else "application/json"
        described["requestBody"] = {
            "required": not operation.body_optional,
            "content": {kind: {"schema": schema}},
        }
    elif operation.passes_on and operation.method in _SENDING:
        described["requestBody"] = {"required": False, "content": {"*/*": {}}}
    return described


def _needs_proof(operation: Operation, version: str) -> bool:
    """Whether a call of v2 carries a proof: it uses a bound token, or is given one."""
    by_token = operation.access.kind in {"bearer", "forwarded"}
    return version == "v2" and (by_token or operation.bound_answers is not None)


def _security(operation: Operation, version: str) -> list[dict[str, list[str]]]:
    access = operation.access
    token = "dpop" if version == "v2" else "bearer"
    if access.kind == "bearer":
        return [{token: [access.scope] if access.scope else []}]
    if access.kind == "forwarded":
        return [{token: []}, {"page_session": []}]
    if access.kind == "client":
        return [{"client": []}]
    if access.kind == "refresh_cookie":
        return [{"refresh_cookie": [], "csrf_header": []}]
    if access.kind == "refresh_cookie_alone":
        return [{"refresh_cookie": []}]
    return []


def _responses(operation: Operation, version: str, schemas: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    needs_proof = _needs_proof(operation, version)
    answers = operation.bound_answers if version == "v2" else None
    for status, model in (answers or operation.answers).items():
        done = "What the service answers, with its own status." if operation.passes_on else "Done."
        responses[str(status)] = {
            "description": done if model is None else inspect.cleandoc(model.__doc__ or "")
        }
        if model is not None:
            schema = _add_schema(model, schemas)
            responses[str(status)]["content"] = {"application/json": {"schema": schema}}
    by_status: dict[int, list[type[Problem]]] = {}
    about_proofs = [Problem.catalogue[code] for code in _PROOF_PROBLEMS] if needs_proof else []
    for problem in (*operation.problems, *_common(operation), *about_proofs):
        if problem not in by_status.setdefault(problem.status, []):
            by_status[problem.status].append(problem)
    refusal, media_type = _REFUSALS[version]
    for status, kinds in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "; ".join(f"`{kind.code}`: {_sentence(kind, version)}" for kind in kinds),
            "content": {media_type: {"schema": {"$ref": _COMPONENT.format(model=refusal.__name__)}}},
        }
    if needs_proof:
        responses["401"]["headers"] = {"DPoP-Nonce": _NONCE_HEADER}
    return responses


def _sentence(kind: type[Problem], version: str) -> str:
    """What a refusal says in this version."""
    sentence: str = getattr(kind, "bound_message", kind.message) if version == "v2" else kind.message
    return sentence


def _common(operation: Operation) -> tuple[type[Problem], ...]:
    found: tuple[type[Problem], ...] = (TooManyAttempts, *operation.access.problems)
    if operation.accepts is not None and issubclass(operation.accepts, FormBody):
        found += (TooLarge, UnsupportedMediaType, InvalidRequest)
    elif operation.accepts is not None:
        found += (MalformedRequest, TooLarge, UnsupportedMediaType, InvalidInput)
    return found


def _add_schema(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, str]:
    schema = model.model_json_schema(ref_template=_COMPONENT, mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"$ref": _COMPONENT.format(model=model.__name__)}
