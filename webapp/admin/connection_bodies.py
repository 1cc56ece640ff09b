"""What the administrators' half of the API takes and answers about connections. A key goes in, and never out."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr
from pydantic_core import PydanticCustomError

from webapp.connections.word_rules import AUTH_KINDS, METHODS
from webapp.core.errors import InvalidInput
from webapp.web.json_bodies import JsonBody

if TYPE_CHECKING:
    from collections.abc import Iterator

_ID: Final = re.compile(r"[a-z2-7]{26}")
# Beyond this a text is refused unread; below, the domain says what may stand in it.
_LONGEST: Final = 20_000


def _require_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError("connection_id", "Use 26 letters and digits of a to z and 2 to 7")
    return value


class ConnectionAuthBody(JsonBody):
    """How the key is sent: as a bearer token, as the password of the user `name`, in a header or parameter `name`.

    `template` is the header's value, with `{key}` where the key goes.
    """

    type: str = Field(json_schema_extra={"enum": list(AUTH_KINDS)})
    name: str = ""
    template: str = ""


class ConnectionLimitsBody(JsonBody):
    """Windows as calls/length, sizes in bytes. `overall` is null where all people together are not limited.

    What is left out stays; of a new connection 60/m, none, 1 MB, 10 MB, 30 s, 300 s and 4.
    """

    per_person: str = Field(default_factory=str)
    overall: str | None = None
    most_sent: int = Field(default_factory=int)
    most_answered: int = Field(default_factory=int)
    answer_seconds: int = Field(default_factory=int)
    call_seconds: int = Field(default_factory=int)
    calls_at_once: int = Field(default_factory=int)


class NewConnectionBody(JsonBody):
    """A new connection. In `paths` a star spans slashes. With an `id` of the caller's own, twice makes one."""

    id: Annotated[str, AfterValidator(_require_id)] | None = None
    name: str
    purpose: str
    base_url: str
    auth: ConnectionAuthBody
    key: SecretStr = Field(max_length=_LONGEST)
    methods: list[str] = Field(json_schema_extra={"items": {"type": "string", "enum": list(METHODS)}})
    paths: list[str]
    roles: list[str]
    request_headers: list[str] = Field(default_factory=list)
    answer_headers: list[str] = Field(default_factory=list)
    limits: ConnectionLimitsBody = Field(default_factory=ConnectionLimitsBody)
    enabled: bool = True


class ConnectionChangeBody(JsonBody):
    """What is to be different; the rest stays. `version` is that of the state read.

    Of `limits` each is said by itself. `name` stays for good, `base_url` and `auth` as long as the key does: they may
    be said as they are, and are changed with the key.
    """

    version: str = Field(max_length=100)
    name: str = Field(default_factory=str)
    purpose: str = Field(default_factory=str)
    base_url: str = Field(default_factory=str)
    auth: ConnectionAuthBody = Field(default_factory=lambda: ConnectionAuthBody(type=""))
    methods: list[str] = Field(default_factory=list)
    paths: list[str] = Field(default_factory=list)
    roles: list[str] = Field(default_factory=list)
    request_headers: list[str] = Field(default_factory=list)
    answer_headers: list[str] = Field(default_factory=list)
    limits: ConnectionLimitsBody = Field(default_factory=ConnectionLimitsBody)
    enabled: bool = Field(default_factory=bool)


class ConnectionKeyBody(JsonBody):
    """Another key and, where these are to be different, where it goes and how; `auth` is said as a whole."""

    key: SecretStr = Field(max_length=_LONGEST)
    version: str = Field(max_length=100)
    base_url: str | None = None
    auth: ConnectionAuthBody | None = None


class TrialBody(JsonBody):
    """A call to try the connection with. `path` is written as in a URL, `query` is what follows its question mark."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""


class ConnectionAuthAnswer(BaseModel):
    """How the key is sent; what the type has no use for is empty."""

    type: Literal["bearer", "basic", "header", "query"]
    name: str
    template: str


class ConnectionKeyAnswer(BaseModel):
    """What is known of the key, and of who set it. `opens`: whether the present ENCRYPTION_KEY opens it."""

    set_at: datetime
    set_by: str | None
    opens: bool


class ConnectionLimitsAnswer(BaseModel):
    """What bounds a call: windows as calls/length, sizes in bytes. `overall` is null where all together are not."""

    per_person: str
    overall: str | None
    most_sent: int
    most_answered: int
    answer_seconds: int
    call_seconds: int
    calls_at_once: int


class ManagedConnectionAnswer(BaseModel):
    """One connection as it stands, all but its key. `version` goes along with a change."""

    id: str
    version: str
    name: str
    purpose: str
    enabled: bool
    base_url: str
    auth: ConnectionAuthAnswer
    key: ConnectionKeyAnswer
    methods: list[str]
    paths: list[str]
    request_headers: list[str]
    answer_headers: list[str]
    limits: ConnectionLimitsAnswer
    roles: list[str]
    scope: str
    created_at: datetime
    changed_at: datetime


class ListedConnectionAnswer(BaseModel):
    """One line of the list. `opens`: whether the key can be used."""

    id: str
    name: str
    purpose: str
    enabled: bool
    base_url: str
    opens: bool
    roles: list[str]
    calls_today: int


class ManagedConnectionList(BaseModel):
    """Every connection, by name."""

    connections: list[ListedConnectionAnswer]


class SentAnswer(BaseModel):
    """The call as it was sent; stars stand for the key."""

    method: str
    url: str
    headers: list[list[str]]


class TrialAnswer(BaseModel):
    """Both sides of a call, the key masked; `error` and `message` say why nothing came back."""

    sent: SentAnswer
    # Null where nothing came back.
    status: int | None
    headers: list[list[str]]
    # The first 4,096 bytes, null where they are no text.
    body: str | None
    body_is_whole: bool
    milliseconds: int
    error: str | None
    message: str | None


# The domain's names of what stands elsewhere in a body.
_PLACES: Final = {
    "auth_kind": "auth.type",
    "auth_name": "auth.name",
    "auth_template": "auth.template",
    "is_enabled": "enabled",
    **{name: f"limits.{name}" for name in ConnectionLimitsBody.model_fields},
}


def typed_in(body: NewConnectionBody | ConnectionChangeBody | ConnectionKeyBody) -> dict[str, Any]:
    """What was said, under the domain's names; `auth` is said as a whole."""
    typed = body.model_dump(exclude_unset=True, exclude={"id", "key", "version"})
    typed |= typed.pop("limits", {})
    if "overall" in typed:
        typed["overall"] = typed["overall"] or ""
    if "enabled" in typed:
        typed["is_enabled"] = typed.pop("enabled")
    if typed.pop("auth", None) is not None and body.auth is not None:
        typed |= {
            "auth_kind": body.auth.type,
            "auth_name": body.auth.name,
            "auth_template": body.auth.template,
        }
    return typed


@contextmanager
def fields_as_sent() -> Iterator[None]:
    """Refused values under the names that they have in the body."""
    try:
        yield
    except InvalidInput as problem:
        problem.fields = {_PLACES.get(name, name): text for name, text in (problem.fields or {}).items()}
        raise
