"""What each field of a connection may be; each rule raises InvalidInput that names its field."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.connections.headers import is_header_name, may_be_answered, may_be_sent
from webapp.core.errors import InvalidInput
from webapp.core.role_names import is_role_name
from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.errors import AddressRefused
from webapp.infra.outbound.targets import parse_base_url

if TYPE_CHECKING:
    from collections.abc import Sequence

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
AUTH_KINDS: Final = ("bearer", "basic", "header", "query")
MOST_PATHS: Final = 50
MOST_HEADERS: Final = 40
LONGEST_NAME: Final = 40
LONGEST_PURPOSE: Final = 300
LONGEST_URL: Final = 500
SHORTEST_KEY: Final = 8
LONGEST_KEY: Final = 4096
_LONGEST_PATH: Final = 200
_LONGEST_TEMPLATE: Final = 200
# Each further one multiplies what a match may cost.
_MOST_STARS: Final = 4
_LONGEST_HEADER: Final = 64
_MOST_LINES: Final = 500
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.~-]{1,100}")
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_TEMPLATE: Final = re.compile(r"[\x20-\x7e]+")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# A key there would change how the request is read, or is written anew on the way.
_NEVER_THE_KEYS: Final = frozenset(
    "host connection keep-alive te trailer transfer-encoding upgrade expect via forwarded cookie range if-range date "
    "content-length content-type content-encoding accept accept-encoding accept-language user-agent".split()
)


def require_name(value: object) -> str:
    """Part of the path by which it is called, and of a scope."""
    name = _text("name", value).strip()
    if not 2 <= len(name) <= LONGEST_NAME or not _NAME.fullmatch(name):
        raise _refused("name", "Use 2 to 40 of a-z, 0-9 and single hyphens between them.")
    return name


def require_purpose(value: object) -> str:
    """What it is for, on one line."""
    text = " ".join(unicodedata.normalize("NFC", _text("purpose", value)).split())
    if not text:
        raise _refused("purpose", "Write what it is for: people see this.")
    if len(text) > LONGEST_PURPOSE:
        raise _refused("purpose", f"Use at most {LONGEST_PURPOSE} characters.")
    if any(unicodedata.category(each) in _INVISIBLE for each in text):
        raise _refused("purpose", "Leave out invisible and control characters.")
    return text


def require_base_url(value: object) -> str:
    """Where the service is. A name is looked up with each call; an address can be judged now."""
    text = _text("base_url", value).strip()
    if not text:
        raise _refused("base_url", "Write the address of the service, such as https://api.example.com/v1.")
    target = parse_base_url(text)
    allowed = current_settings().connections_allow_networks
    if target.is_plain and not allowed:
        raise _refused(
            "base_url",
            "Begin with https://. Without encryption only networks in CONNECTIONS_ALLOW_NETWORKS are reached.",
        )
    try:
        ip_address(target.host)
    except ValueError:
        return target.url
    try:
        AddressRules(allowed).require(target.host, is_plain=target.is_plain)
    except AddressRefused:
        sentence = "This address is not one that may be reached. CONNECTIONS_ALLOW_NETWORKS can allow private networks."
        raise _refused("base_url", sentence) from None
    return target.url


def require_auth(kind: object, name: object, template: object) -> tuple[str, str, str]:
    """How the key is sent. What the kind has no use for is left empty."""
    kind, name, template = (
        _text("auth_kind", kind),
        _text("auth_name", name),
        _text("auth_template", template),
    )
    name, template = name.strip(), template.strip()
    if kind == "bearer":
        return kind, "", ""
    if kind == "basic":
        if len(name) > 100 or (name and (not _VISIBLE.fullmatch(name) or ":" in name)):
            raise _refused("auth_name", "Use at most 100 visible ASCII characters without a colon.")
        return kind, name, ""
    if kind == "query":
        if not _PARAMETER.fullmatch(name):
            sentence = (
                "Write the parameter's name: up to 100 letters, digits, dot, hyphen, underscore and tilde."
            )
            raise _refused("auth_name", sentence)
        return kind, name, ""
    if kind == "header":
        return kind, _require_carrier(name), _require_template(template or "{key}")
    raise _refused("auth_kind", "Choose how the key is sent.")


def _require_carrier(name: str) -> str:
    if not is_header_name(name) or len(name) > _LONGEST_HEADER:
        raise _refused("auth_name", "Write the header's name, such as X-API-Key.")
    if name.lower() in _NEVER_THE_KEYS or name.lower().startswith(("proxy-", "x-forwarded-", "sec-")):
        raise _refused("auth_name", f"{name} cannot carry a key.")
    return name


def _require_template(template: str) -> str:
    if template.count("{key}") != 1 or not _TEMPLATE.fullmatch(template) or len(template) > _LONGEST_TEMPLATE:
        sentence = (
            f"Write up to {_LONGEST_TEMPLATE} ASCII characters with {{key}} once, such as Token {{key}}."
        )
        raise _refused("auth_template", sentence)
    return template


def require_key(value: object) -> str:
    """The key without the spaces around it. Raises InvalidInput, which tells nothing of what was typed.

    Shorter ones would be found by chance in what a service answers, and masked there.
    """
    key = value.strip() if isinstance(value, str) else ""
    if not key:
        raise _refused("key", "Type the key that the service has given you.")
    if not _VISIBLE.fullmatch(key):
        raise _refused("key", "A key has visible ASCII characters alone, without spaces.")
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise _refused("key", f"A key has {SHORTEST_KEY} to {LONGEST_KEY} characters.")
    return key


def require_methods(value: object) -> tuple[str, ...]:
    """The methods that may be used, each once, in the usual order."""
    wanted = {each.upper() for each in _list("methods", value)}
    if not wanted:
        raise _refused("methods", "Choose at least one.")
    if unknown := wanted - set(METHODS):
        raise _refused("methods", f"There is no method {_shown(min(unknown))} here: {', '.join(METHODS)}.")
    return tuple(each for each in METHODS if each in wanted)


def require_paths(value: object) -> tuple[str, ...]:
    """Patterns, each once, in the order in which they were written."""
    paths = tuple(dict.fromkeys(_list("paths", value)))
    if not paths:
        raise _refused("paths", "Write at least one path; /* allows all of them.")
    if len(paths) > MOST_PATHS:
        raise _refused("paths", f"Write at most {MOST_PATHS} paths.")
    for path in paths:
        if fault := _fault_in(path):
            raise _refused("paths", f"{_shown(path)}: {fault}")
    return paths


def _fault_in(path: str) -> str | None:
    segments = path.split("/")
    faults = {
        "begin it with a slash.": not path.startswith("/"),
        f"use at most {_LONGEST_PATH} characters.": len(path) > _LONGEST_PATH,
        f"use at most {_MOST_STARS} stars, never two together.": path.count("*") > _MOST_STARS
        or "**" in path,
        "leave out empty segments, dot segments and backslashes.": "" in segments[1:-1]
        or any(each.partition(";")[0] in {".", ".."} for each in segments)
        or "\\" in path,
        "write the path alone, not encoded: no %, ? or #.": any(each in path for each in "%?#"),
        "leave out invisible and control characters.": not path.isprintable(),
    }
    return next((sentence for sentence, found in faults.items() if found), None)


def require_headers(field: str, value: object) -> tuple[str, ...]:
    """Names of headers in lower case, sorted, each once."""
    is_allowed = may_be_sent if field == "request_headers" else may_be_answered
    names = sorted(
        {each.lower() for entry in _list(field, value) for each in entry.replace(",", " ").split()}
    )
    if len(names) > MOST_HEADERS:
        raise _refused(field, f"Write at most {MOST_HEADERS} headers.")
    for name in names:
        if not _HEADER.fullmatch(name) or len(name) > _LONGEST_HEADER:
            raise _refused(field, f"{_shown(name)} is no name of a header.")
        if not is_allowed(name):
            raise _refused(field, f"{name} is never passed on.")
    return tuple(names)


def require_roles(value: object) -> tuple[str, ...]:
    """Names of roles; whether there are such is for the service to say."""
    names = sorted(set(_list("roles", value)))
    if wrong := [each for each in names if not is_role_name(each)]:
        raise _refused("roles", f"There is no role {_shown(wrong[0])}.")
    return tuple(names)


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise _refused(field, "Write a short text.")
    return value


def _list(field: str, value: object) -> list[str]:
    """The lines of a text, or the items of a sequence."""
    items: Sequence[object] = value.splitlines() if isinstance(value, str) else value  # type: ignore[assignment]
    if not isinstance(items, (list, tuple)):
        raise _refused(field, "Write a list.")
    if len(items) > _MOST_LINES:
        raise _refused(field, "Write fewer lines.")
    return [text for each in items if (text := _text(field, each).strip())]


def _shown(text: str) -> str:
    return text[:40] if text.isprintable() else "this one"


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(fields={field: sentence})
