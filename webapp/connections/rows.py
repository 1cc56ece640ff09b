"""Connections between the form in which they are stored and the one in which they are spoken of."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from webapp.connections.rights import roles_of
from webapp.connections.words import ConnectionWords

if TYPE_CHECKING:
    from webapp.connections.models import Connection

_LINES: Final = ("paths", "request_headers", "answer_headers")


def words_of(connection: Connection) -> ConnectionWords:
    """The description as it stands."""
    values = {name: getattr(connection, name) for name in ConnectionWords.__slots__ if name != "roles"}
    for name in _LINES:
        values[name] = tuple(values[name].splitlines())
    return ConnectionWords(
        **values | {"methods": tuple(connection.methods.split()), "roles": roles_of(connection)}
    )


def columns_of(words: ConnectionWords) -> dict[str, Any]:
    """What the row is to hold."""
    values = {name: value for name, value in asdict(words).items() if name != "roles"}
    for name in _LINES:
        values[name] = "\n".join(values[name])
    return values | {"methods": " ".join(words.methods)}


def facts_of(words: ConnectionWords) -> dict[str, object]:
    """What the audit keeps: all of it but the name, which stands there anyway."""
    facts = {
        each: list(value) if isinstance(value, tuple) else value for each, value in asdict(words).items()
    }
    return {each: value for each, value in facts.items() if each != "name"}
