"""Form-encoded bodies of calls by programs, as the standards of OAuth have them: each parameter once."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import parse_qsl

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from webapp.core.errors import Problem
from webapp.web.problems import UnsupportedMediaType

Body = TypeVar("Body", bound="FormBody")
MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20


class InvalidRequest(Problem):
    """A parameter is missing, sent twice or unreadable (RFC 6749, section 5.2)."""

    code = "invalid_request"
    status = 400
    message = "A parameter is missing, sent more than once or not readable as UTF-8."


class FormBody(BaseModel):
    """A body of strings. Parameters that nobody here knows are ignored (RFC 6749, section 3.2)."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, hide_input_in_errors=True)


def read_form(model: type[Body]) -> Body:
    """The body as its model. Raises UnsupportedMediaType, InvalidRequest.

    A parameter without a value counts as left out (RFC 6749, section 3.2). Only the body is read: a token in a
    query would be written into the logs on the way (RFC 7662, section 2.1).
    """
    raw = request.get_data(cache=False)
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMediaType(f"Send the body as {MEDIA_TYPE}.")
    try:
        pairs = parse_qsl(raw.decode(), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidRequest from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequest("Send each parameter once.")
    try:
        return model.model_validate(found)
    except ValidationError as failure:
        names = ", ".join(str(each["loc"][0]) for each in failure.errors(include_input=False) if each["loc"])
        raise InvalidRequest(f"Send {names} in the body.") from None
