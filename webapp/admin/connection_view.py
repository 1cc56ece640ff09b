"""Connections as the console shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts import roles as all_roles
from webapp.accounts.service import ADMINISTRATOR
from webapp.admin import connection_store as store
from webapp.connections import rights, service
from webapp.connections.credentials import shown_credential
from webapp.connections.keys import opens
from webapp.connections.quantities import size_in_words
from webapp.connections.rows import words_of
from webapp.connections.use import count_today
from webapp.core.limit import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.connections.models import Connection
    from webapp.connections.words import ConnectionWords

_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}


@dataclass(frozen=True, slots=True)
class ListedConnection:
    """One line of the list. `opens`: whether the key can be used."""

    id: str
    name: str
    purpose: str
    base_url: str
    is_enabled: bool
    opens: bool
    roles: tuple[str, ...]
    calls_today: int


@dataclass(frozen=True, slots=True)
class ShownConnection:
    """The page of one. `key_by` is who typed the key, as far as the audit still knows."""

    row: Connection
    words: ConnectionWords
    version: str
    opens: bool
    key_by: str | None
    key_sent: str
    per_person: str
    overall: str | None
    most_sent: str
    most_answered: str


def list_connections() -> list[ListedConnection]:
    """Every connection, by name."""
    users, calls = rights.roles_by_name(), count_today()
    return [
        ListedConnection(
            each.id,
            each.name,
            each.purpose,
            each.base_url,
            each.is_enabled,
            opens(each),
            users.get(each.name, ()),
            calls.get(each.id, 0),
        )
        for each in service.list_connections()
    ]


def show_connection(connection_id: str) -> ShownConnection:
    """One connection. Raises ConnectionNotFound."""
    row = service.get_connection(connection_id)
    return ShownConnection(
        row,
        words_of(row),
        service.version_of(row),
        opens(row),
        _find_who_typed(row),
        _how_sent(row),
        limit_in_words(row.per_person),
        limit_in_words(row.overall) if row.overall else None,
        size_in_words(row.most_sent),
        size_in_words(row.most_answered),
    )


def role_choices(ticked: Iterable[str]) -> dict[str, str]:
    """The roles that may be ticked, each with what it is for; what is ticked stays, also where the role went."""
    notes = {each.name: each.description for each in all_roles.list_roles() if each.name != ADMINISTRATOR}
    return notes | {each: "There is no such role any more." for each in ticked if each not in notes}


def limit_in_words(text: str) -> str:
    """60/m as `60 a minute`, 100/15m as `100 in 15 minutes`."""
    written = str(Limit.parse(text))
    count, _, window = written.partition("/")
    length, unit = window[:-1], _UNITS[window[-1]]
    if length:
        return f"{int(count):,} in {length} {unit}s"
    return f"{int(count):,} {'an' if unit == 'hour' else 'a'} {unit}"


def _how_sent(row: Connection) -> str:
    """What is added to each call, with the key masked."""
    sent = shown_credential(row)
    if sent.header is not None:
        return f"{sent.header[0]}: {sent.header[1]}"
    return "?" + "=".join(sent.parameter or ())


def _find_who_typed(row: Connection) -> str | None:
    for detail, name in store.list_key_changes(row.key_changed_at):
        if json.loads(detail).get("name") == row.name:
            return name
    return None
