"""API versions: one view for each resource, registered under every version.

They differ in the form of errors and in how a sender is known: v1 takes plain tokens, v2 tokens bound to a key
(RFC 9449), and only signing in and renewing answer differently for it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from flask import Response, make_response, request
from pydantic import BaseModel
from werkzeug.routing import BaseConverter

from webapp.web.form_bodies import FormBody, read_form
from webapp.web.json_bodies import JsonBody, read_json
from webapp.web.late_answers import LateAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from webapp.core.errors import Problem


class RestOfPath(BaseConverter):
    """Whatever stands behind a slash, slashes included, or nothing."""

    regex = ".*"
    part_isolating = False


VERSIONS = ("v1", "v2")
# A version enters the documents when its contract is whole.
ANNOUNCED = ("v1", "v2")


class Contract(TypedDict):
    """What an operation takes, needs and answers."""

    access: Any
    answers: dict[int, type[BaseModel] | None]
    bound_answers: NotRequired[dict[int, type[BaseModel] | None]]
    accepts: NotRequired[type[JsonBody | FormBody]]
    body_optional: NotRequired[bool]
    query: NotRequired[dict[str, str]]
    problems: NotRequired[tuple[type[Problem], ...]]
    limits: NotRequired[Callable[[Any], Any]]
    writes_late: NotRequired[bool]
    passes_on: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, as it is served and documented. `answers` maps a status to its model or None.

    `bound_answers` are those of v2, for an operation that issues a token there, bound to the key of its proof.
    `query`: its query parameters by name, each with a sentence about it; all may be left out.
    `passes_on`: body and answer are those of another service, and of any form.
    """

    method: str
    path: str
    name: str
    view: Callable[..., Any]
    access: Any
    answers: dict[int, type[BaseModel] | None]
    bound_answers: dict[int, type[BaseModel] | None] | None = None
    accepts: type[JsonBody | FormBody] | None = None
    body_optional: bool = False
    query: dict[str, str] = field(default_factory=dict)
    problems: tuple[type[Problem], ...] = ()
    limits: Callable[[Any], Any] | None = None
    writes_late: bool = False
    passes_on: bool = False

    @property
    def summary(self) -> str:
        """The first line of the view's docstring."""
        return (self.view.__doc__ or "").strip().partition("\n")[0]


@dataclass(slots=True)
class Api:
    """The operations of one feature."""

    feature: str
    operations: list[Operation] = field(default_factory=list)

    def add(
        self, method: str, path: str, **contract: Unpack[Contract]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare an operation. The view gets its body as `body` and the path's parts by name.

        It returns a model, None for 204, a (model, status) pair, a whole Response, or a LateAnswer.
        """

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            name = f"{self.feature}.{view.__name__}"
            found = Operation(method, path, name, view, **contract)
            self.operations.append(found)
            return view

        return declare


def register_api(app: Flask, apis: Iterable[Api]) -> None:
    """Serve every operation under each version."""
    operations = [operation for api in apis for operation in api.operations]
    app.extensions["latchkey_operations"] = operations
    for version in VERSIONS:
        for operation in operations:
            app.add_url_rule(
                f"/api/{version}{operation.path}",
                f"api_{version}.{operation.name}",
                _served(operation),
                methods=[operation.method],
                provide_automatic_options=False,
            )


def binds_senders() -> bool:
    """Whether the present call is one of a version that takes and issues bound tokens only."""
    return request.path.startswith("/api/v2/")


def _served(operation: Operation) -> Callable[..., Any]:
    @functools.wraps(operation.view)
    def served(**arguments: Any) -> Response | LateAnswer:
        if operation.accepts is not None:
            arguments["body"] = _read_body(operation.accepts, optional=operation.body_optional)
        return _answer(operation.view(**arguments), next(iter(operation.answers)))

    served.access = operation.access  # type: ignore[attr-defined]
    served.writes_late = operation.writes_late  # type: ignore[attr-defined]
    return operation.limits(served) if operation.limits else served


def _read_body(model: type[JsonBody | FormBody], *, optional: bool) -> JsonBody | FormBody:
    """The body in the form the operation takes; what is left out of an optional one is left out of the model."""
    if optional and not request.get_data(cache=True):
        return model()
    return read_form(model) if issubclass(model, FormBody) else read_json(model)


def _answer(value: Any, status: int) -> Response | LateAnswer:
    if isinstance(value, Response | LateAnswer):
        return value
    if isinstance(value, tuple):
        value, status = value
    if value is None:
        nothing = make_response("", 204)
        del nothing.headers["Content-Type"]
        return nothing
    return Response(value.model_dump_json(), status, content_type="application/json")
