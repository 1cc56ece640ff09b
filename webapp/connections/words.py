"""What may stand in the description of a connection, and the defaults of what nobody says."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from webapp.connections.quantities import require_flag, require_limit, require_number, require_size
from webapp.connections.sending import Sending
from webapp.connections.word_rules import (
    require_auth,
    require_base_url,
    require_headers,
    require_key,
    require_methods,
    require_name,
    require_paths,
    require_purpose,
    require_roles,
)
from webapp.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MB: Final = 1_048_576
# As large a body as is taken in at all, and an answer as large as a call can be long.
MOST_SENT: Final = 100 * _MB
MOST_ANSWERED: Final = 10_240 * _MB
MOST_ANSWER_SECONDS: Final = 300
MOST_CALL_SECONDS: Final = 3600
MOST_AT_ONCE: Final = 128

DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "name": "",
        "purpose": "",
        "base_url": "",
        "auth_kind": "bearer",
        "auth_name": "",
        "auth_template": "",
        "methods": ("GET",),
        "paths": ("/*",),
        "request_headers": (),
        "answer_headers": (),
        "per_person": "60/m",
        "overall": "",
        "most_sent": _MB,
        "most_answered": 10 * _MB,
        "answer_seconds": 30,
        "call_seconds": 300,
        "calls_at_once": 4,
        "roles": (),
        "is_enabled": True,
    }
)


@dataclass(frozen=True, slots=True)
class ConnectionWords:
    """A connection as an administrator describes it, in the form in which it is stored. The key is no part of it.

    `overall` is empty where all together are not limited. Sizes in bytes.
    """

    name: str
    purpose: str
    base_url: str
    auth_kind: str
    auth_name: str
    auth_template: str
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    request_headers: tuple[str, ...]
    answer_headers: tuple[str, ...]
    per_person: str
    overall: str
    most_sent: int
    most_answered: int
    answer_seconds: int
    call_seconds: int
    calls_at_once: int
    roles: tuple[str, ...]
    is_enabled: bool


_READ: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "name": require_name,
        "purpose": require_purpose,
        "base_url": require_base_url,
        "methods": require_methods,
        "paths": require_paths,
        "request_headers": lambda value: require_headers("request_headers", value),
        "answer_headers": lambda value: require_headers("answer_headers", value),
        "per_person": lambda value: require_limit("per_person", value),
        "overall": lambda value: require_limit("overall", value, optional=True),
        "most_sent": lambda value: require_size("most_sent", value, 0, MOST_SENT),
        "most_answered": lambda value: require_size("most_answered", value, 1, MOST_ANSWERED),
        "answer_seconds": lambda value: require_number("answer_seconds", value, 1, MOST_ANSWER_SECONDS),
        "call_seconds": lambda value: require_number("call_seconds", value, 1, MOST_CALL_SECONDS),
        "calls_at_once": lambda value: require_number("calls_at_once", value, 1, MOST_AT_ONCE),
        "roles": require_roles,
        "is_enabled": require_flag,
    }
)
_AUTH: Final = ("auth_kind", "auth_name", "auth_template")


def require_words(**typed: Any) -> ConnectionWords:
    """The description in its stored form; what is not said is as in DEFAULTS.

    Lists may be sequences or text with a line for each, numbers may be digits, sizes such as `1 MB`. Raises
    InvalidInput with a sentence for each field that will not do.
    """
    if unknown := typed.keys() - DEFAULTS.keys():
        raise TypeError(f"a connection has no {sorted(unknown)}")
    values = {**DEFAULTS, **typed}
    fields: dict[str, str] = {}
    found: dict[str, Any] = {}

    def tried(read: Callable[..., Any], *given: Any) -> Any:
        try:
            return read(*given)
        except InvalidInput as problem:
            fields.update(problem.fields or {})

    for name, read in _READ.items():
        found[name] = tried(read, values[name])
    auth = tried(require_auth, *(values[each] for each in _AUTH))
    if auth is not None:
        found |= dict(zip(_AUTH, auth, strict=True))
    _look_across(found, fields)
    if fields:
        raise InvalidInput(fields=fields)
    return ConnectionWords(**found)


def require_words_and_key(key: object, **typed: Any) -> tuple[ConnectionWords, str]:
    """Both, or InvalidInput with a sentence for each field of either; `key` is one of them."""
    words, plain = _all(lambda: require_words(**typed), lambda: require_key(key))
    return words, plain


def require_key_and_sending(
    key: object,
    *,
    base_url: object,
    auth_kind: object,
    auth_name: object,
    auth_template: object,
    request_headers: Sequence[str],
) -> tuple[str, Sending]:
    """The same for a key and where and how it goes, beside the headers that may go along."""

    def require_own_header() -> tuple[str, str, str]:
        kind, name, template = require_auth(auth_kind, auth_name, auth_template)
        if kind == "header" and name.lower() in request_headers:
            sentence = (
                f"{name} is among the headers that go along. Take it out there first, or use another one."
            )
            raise InvalidInput(fields={"auth_name": sentence})
        return kind, name, template

    plain, url, auth = _all(lambda: require_key(key), lambda: require_base_url(base_url), require_own_header)
    return plain, Sending(url, *auth)


def _all(*reads: Callable[[], Any]) -> list[Any]:
    fields: dict[str, str] = {}
    found = []
    for read in reads:
        try:
            found.append(read())
        except InvalidInput as problem:
            fields |= problem.fields or {}
    if fields:
        raise InvalidInput(fields=fields)
    return found


def _look_across(found: Mapping[str, Any], fields: dict[str, str]) -> None:
    """What does not go together, of the fields that are good by themselves."""
    head, whole = found["answer_seconds"], found["call_seconds"]
    if head and whole and head > whole:
        fields["answer_seconds"] = "The answer cannot begin later than the whole call may take."
    carrier = found.get("auth_name", "").lower() if found.get("auth_kind") == "header" else ""
    if carrier and carrier in (found["request_headers"] or ()):
        fields["request_headers"] = f"{carrier} carries the key: nobody may send it along."
