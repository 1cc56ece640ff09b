"""The settings that administrators may change while the service runs, and what their values may be."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final

from pydantic import TypeAdapter, ValidationError

from webapp.config.settings import Settings
from webapp.core.role_names import is_role_name

CHANGEABLE: Final = ("APP_NAME", "REGISTRATION", "REQUIRE_MFA_FOR")
LONGEST_NAME: Final = 60
_MOST_ROLES: Final = 100
# Also in what is JSON no more.
_BETWEEN_NAMES: Final = re.compile(r"[^a-zA-Z0-9\\-]+")


def read_value(name: str, value: object) -> Any:
    """The value in the type that the code uses, held to what the environment's must be. Raises ValueError."""
    field = Settings.model_fields[name.lower()]
    kind: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
    try:
        read = kind.validate_python(_tidied(value))
    except ValidationError:
        raise ValueError(_RULES[name]) from None
    texts = [read] if isinstance(read, str) else read
    # A name stands in titles and letters, a role is compared with names: nothing that cannot be seen.
    if len(texts) > _MOST_ROLES or not all(text and text.isprintable() for text in texts):
        raise ValueError(_RULES[name])
    return read


def read_kept(name: str, text: str) -> Any:
    """The same for a value as the database keeps it, in JSON. Raises ValueError."""
    try:
        return read_value(name, json.loads(text))
    except RecursionError:
        raise ValueError(_RULES[name]) from None


def read_strictly(name: str, text: str, given: Settings) -> Any:
    """What to go by where what the database keeps cannot be used: nothing that is more open than it may have meant."""
    if name == "REGISTRATION":
        return "closed"
    if name == "REQUIRE_MFA_FOR":
        named = filter(is_role_name, _BETWEEN_NAMES.split(text))
        return tuple(sorted({*given.require_mfa_for, *named}))
    return getattr(given, name.lower())


def write_kept(value: object) -> str:
    """A value as the database keeps it."""
    return json.dumps(sorted(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _tidied(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


_RULES: Final = {
    "APP_NAME": f"Use 1 to {LONGEST_NAME} visible characters.",
    "REGISTRATION": "Choose open, invite or closed.",
    "REQUIRE_MFA_FOR": "Choose roles that there are.",
}
