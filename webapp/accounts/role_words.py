"""What may be the name, the description and the scopes of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.accounts.scopes import LONGEST_SCOPE, OWN_SCOPES, belongs_here, is_known_here, is_scope
from webapp.core.errors import InvalidInput
from webapp.core.one_line import require_one_line
from webapp.core.role_names import is_role_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_SCOPES: Final = 50
_LONGEST_DESCRIPTION: Final = 200
# Words of paths and filters, and names that would pass for a built-in role.
_RESERVED_NAMES: Final = frozenset(
    {"new", "any", "all", "none", "everybody", "everyone", "nobody", "admin", "administrators", "root"}
)


def require_role_name(value: str) -> str:
    """The name for a new role. Raises InvalidInput."""
    name = value.strip()
    if not is_role_name(name):
        sentence = "Use 2 to 40 of a-z, 0-9 and single hyphens between them, beginning with a letter."
        raise InvalidInput(fields={"name": sentence})
    if name in _RESERVED_NAMES:
        raise InvalidInput(fields={"name": f"The name {name} would be mistaken for something else."})
    return name


def require_description(value: str) -> str:
    """What a role is for, on one line. Raises InvalidInput."""
    empty = "Write what the role is for."
    return require_one_line(value, "description", most=_LONGEST_DESCRIPTION, empty=empty)


def require_scopes(values: Iterable[str]) -> tuple[str, ...]:
    """Scopes for a role, each once, sorted; a value may hold several, separated by space. Raises InvalidInput.

    In the name space of this application only those are taken that open something here: a slip would grant nothing.
    """
    scopes = tuple(sorted({scope for value in values for scope in value.split()}))
    if len(scopes) > MOST_SCOPES:
        raise InvalidInput(fields={"scopes": f"A role grants at most {MOST_SCOPES} scopes."})
    for scope in scopes:
        shown = scope[:40] if scope.isprintable() else "this one"
        if not is_scope(scope):
            sentence = (
                f"A scope is up to {LONGEST_SCOPE} ASCII characters without quotation marks, unlike {shown}."
            )
            raise InvalidInput(fields={"scopes": sentence})
        if belongs_here(scope) and not is_known_here(scope):
            own = ", ".join(OWN_SCOPES)
            sentence = f"This application has no scope {shown}. Its own are {own} and use:connection:name."
            raise InvalidInput(fields={"scopes": sentence})
    return scopes


def require_all(name: str, description: str, scopes: Iterable[str]) -> tuple[str, str, tuple[str, ...]]:
    """The three that make a role. Raises InvalidInput with a sentence for each that would not do."""
    fields: dict[str, str] = {}

    def tried(read: Callable[[Any], Any], value: object) -> Any:
        try:
            return read(value)
        except InvalidInput as problem:
            fields.update(problem.fields or {})

    found = (
        tried(require_role_name, name),
        tried(require_description, description),
        tried(require_scopes, scopes),
    )
    if fields:
        raise InvalidInput(fields=fields)
    return found
