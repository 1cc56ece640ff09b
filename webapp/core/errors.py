"""The root of every error a caller may see, and the catalogue of all of them."""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """An expected refusal: a stable code, an HTTP status and one public sentence.

    `code`, `status` and `message` are class attributes of each kind; the instance may sharpen the message and
    carry `retry_after` (seconds), `fields` (field name -> sentence, answered as 422), `extra` (public values
    that stand beside the code in an API answer) and `headers` of that answer. Nothing secret may be put in any of them.

    `keeps_changes` marks a refusal whose changes must be stored all the same: a refresh token shown twice still
    ends its session, a denied call is still recorded.
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 500
    message: str = "Something failed here. Try again; if it stays, report the request id."
    keeps_changes: ClassVar[bool] = False
    catalogue: ClassVar[dict[str, type[Problem]]] = {}

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: int | None = None,
        fields: dict[str, str] | None = None,
        **extra: object,
    ) -> None:
        if message is not None:
            self.message = message
        self.retry_after = retry_after
        self.fields = fields
        self.extra = extra
        self.headers: dict[str, str] = {}
        super().__init__(self.code)

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if cls.code:
            other = Problem.catalogue.setdefault(cls.code, cls)
            if other.__qualname__ != cls.__qualname__:
                raise TypeError(f"two errors share the code {cls.code!r}")


class InvalidInput(Problem):
    """Well-formed input that breaks a rule; `fields` names each value and what to do about it."""

    code = "invalid_input"
    status = 422
    message = "Some values cannot be accepted."


class MalformedRequest(Problem):
    """A body or parameter that cannot be read at all."""

    code = "malformed_request"
    status = 400
    message = "The request could not be read. Send a well-formed body in the documented form."


class NotFound(Problem):
    """Nothing by that name, or nothing this caller may know of."""

    code = "not_found"
    status = 404
    message = "There is nothing here by that name."


class Conflict(Problem):
    """Somebody else changed the same thing in the meantime."""

    code = "conflict"
    status = 409
    message = "This was changed by somebody else in the meantime. Look at it again, then repeat your change."


class Unavailable(Problem):
    """A part this answer needs is away or busy; the same request may succeed shortly."""

    code = "unavailable"
    status = 503
    message = "The service cannot answer just now. Try again in a moment."
