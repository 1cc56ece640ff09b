"""JSON bodies: read once, bounded in depth, strict in type, refused in words."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from webapp.core.errors import InvalidInput, MalformedRequest
from webapp.web.problems import UnsupportedMediaType

Body = TypeVar("Body", bound="JsonBody")
_DEEPEST = 20
# The closing quote is optional, so that every quote begins a match and the search never goes over a text twice.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
# More are no help, and an answer much larger than its request would be one for whoever floods.
_MOST_FIELDS = 20


class JsonBody(BaseModel):
    """A body: no unknown names (nothing is assigned by accident), no value of another type (RFC 8259)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def read_json(model: type[Body]) -> Body:
    """The body as its model. Raises UnsupportedMediaType, MalformedRequest, InvalidInput."""
    raw = request.get_data(cache=True)
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    value = _parse(raw)
    try:
        return model.model_validate(value)
    except ValidationError as failure:
        # Neither the input nor its context is repeated: it may be a password.
        errors = failure.errors(include_input=False, include_url=False, include_context=False)
        raise InvalidInput(
            fields={
                _name(each["loc"]): _sentence(each["type"], each["msg"]) for each in errors[:_MOST_FIELDS]
            }
        ) from None


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8")
        _require_shallow(text)
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not well-formed JSON, or names something twice.") from None
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object.")
    _require_text(value)
    return value


def _require_shallow(text: str) -> None:
    """Count brackets before parsing: what is deeper than any body of ours never reaches the parser.

    Those within strings are somebody's password.
    """
    depth = 0
    for each in _STRING.sub("", text):
        if each in "[{":
            depth += 1
            if depth > _DEEPEST:
                raise ValueError("too deep")
        elif each in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated name")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _require_text(value: Any, name: str = "body") -> None:
    """Strings that no database column and no page can hold are refused here, for every endpoint."""
    if isinstance(value, dict):
        for key, each in value.items():
            _require_text(key, "body")
            _require_text(each, key)
    elif isinstance(value, list):
        for each in value:
            _require_text(each, name)
    elif isinstance(value, str) and ("\x00" in value or any("\ud800" <= each <= "\udfff" for each in value)):
        label = name if name.isascii() and name.isidentifier() else "body"
        raise InvalidInput(fields={label: "Leave out the invisible or broken character."})


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(each) for each in location)[:80] or "body"


def _sentence(kind: str, message: str) -> str:
    known = {
        "missing": "This is required.",
        "extra_forbidden": "This name is not known here.",
        "string_type": "Send a string.",
        "int_type": "Send a whole number.",
        "bool_type": "Send true or false.",
        "list_type": "Send a list.",
        "string_too_long": "This is too long.",
        "string_too_short": "This is too short.",
    }
    return known.get(kind) or f"{message.rstrip('.')}."
