"""What may happen to connections: made, changed, given another key, turned off, deleted.

Which roles may use one is kept where roles are: exactly those may that grant its scope. Changes of both follow each
other, so that a form that is out of date is noticed whichever of them moved.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from webapp.accounts import roles
from webapp.connections import rights, store
from webapp.connections.errors import (
    ConnectionChanged,
    ConnectionMade,
    ConnectionNameTaken,
    ConnectionNotFound,
)
from webapp.connections.keys import open_key, seal_key
from webapp.connections.models import scope_of
from webapp.connections.rows import columns_of, facts_of, words_of
from webapp.connections.sending import sending_of
from webapp.connections.word_rules import require_key
from webapp.connections.words import require_key_and_sending
from webapp.core import clock
from webapp.core.errors import InvalidInput
from webapp.core.event_names import EventName
from webapp.core.opaque import digest_of, new_id
from webapp.infra.audit import record_event
from webapp.infra.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from webapp.connections.models import Connection
    from webapp.connections.words import ConnectionWords

MOST_CONNECTIONS: Final = 200
_ID: Final = re.compile(r"[a-z2-7]{26}")
_SCOPES: Final = scope_of("")


def create_connection(
    words: ConnectionWords, key: str, *, connection_id: str | None = None, actor_id: str
) -> Connection:
    """A new connection, and the roles of which it speaks may use it: no others, whatever they were given before.

    `connection_id` is chosen by a form that may be sent twice: ConnectionMade then. Raises InvalidInput,
    ConnectionNameTaken.
    """
    if not connection_id or not _ID.fullmatch(connection_id):
        connection_id = new_id()
    roles.hold_roles()
    if store.find_connection(connection_id) is not None:
        raise ConnectionMade
    if store.count_connections() >= MOST_CONNECTIONS:
        raise InvalidInput(f"There are {MOST_CONNECTIONS} connections, which is as many as there can be.")
    key, moment = require_key(key), clock.now()
    _require_kept_apart(key, {"name": words.name, **facts_of(words)})
    is_new = store.add_connection(
        id=connection_id,
        **columns_of(words),
        key_sealed=seal_key(connection_id, sending_of(words), key),
        key_changed_at=moment,
        version=1,
        created_at=moment,
        changed_at=moment,
    )
    if not is_new:
        raise ConnectionNameTaken(fields={"name": ConnectionNameTaken.message})
    rights.let_use(words.name, words.roles, actor_id)
    record_event(
        EventName.CONNECTION_CREATED, actor_id=actor_id, detail={"name": words.name, "after": facts_of(words)}
    )
    return get_connection(connection_id)


def change_connection(
    connection_id: str, words: ConnectionWords, *, version: str | None, actor_id: str
) -> bool:
    """Whether anything changed. `version` is that of `version_of`: ConnectionChanged when it is another by now.

    The name stays, and so do base URL and the way in which the key is sent: that is for `replace_key`. Raises
    ConnectionNotFound, InvalidInput.
    """
    connection = _hold_version(connection_id, version)
    _require_same(connection, words)
    before = words_of(connection)
    changed = {name: value for name, value in facts_of(words).items() if value != facts_of(before)[name]}
    if not changed:
        return False
    # A key that does not open any more is of no use to whoever reads it here.
    with suppress(SealBroken):
        _require_kept_apart(open_key(connection), facts_of(words))
    _store_change(connection, columns_of(words))
    rights.let_use(words.name, words.roles, actor_id)
    detail = {
        "name": words.name,
        "before": {each: facts_of(before)[each] for each in changed},
        "after": changed,
    }
    record_event(EventName.CONNECTION_CHANGED, actor_id=actor_id, detail=detail)
    return True


def replace_key(
    connection_id: str,
    key: str,
    *,
    version: str | None,
    actor_id: str,
    **typed: str | None,
) -> None:
    """Another key from the next call on; with it, where it goes and how, of which `typed` says what is different.

    That is `base_url`, `auth_kind`, `auth_name` and `auth_template`. Calls under way go on with the former key.
    Raises ConnectionNotFound, ConnectionChanged, InvalidInput.
    """
    connection = _hold_version(connection_id, version)
    former, words = sending_of(connection), words_of(connection)
    said = {name: value for name, value in typed.items() if value is not None}
    key, later = require_key_and_sending(
        key, request_headers=words.request_headers, **{**asdict(former), **said}
    )
    after = former.changes_to(later)
    _require_kept_apart(key, {**facts_of(words), **after})
    sealed = seal_key(connection_id, later, key)
    _store_change(connection, {**after, "key_sealed": sealed, "key_changed_at": clock.now()})
    detail: dict[str, object] = {"name": connection.name}
    if after:
        detail |= {"before": {each: getattr(former, each) for each in after}, "after": after}
    record_event(EventName.CONNECTION_KEY_REPLACED, actor_id=actor_id, detail=detail)


def turn(connection_id: str, *, is_enabled: bool, actor_id: str) -> bool:
    """Turn it on or off; False when it was so already. Calls under way end with the next look at them."""
    connection = _hold(connection_id)
    if connection.is_enabled == is_enabled:
        return False
    _store_change(connection, {"is_enabled": is_enabled})
    detail = {
        "name": connection.name,
        "before": {"is_enabled": not is_enabled},
        "after": {"is_enabled": is_enabled},
    }
    record_event(EventName.CONNECTION_CHANGED, actor_id=actor_id, detail=detail)
    return True


def delete_connection(connection_id: str, *, actor_id: str) -> None:
    """Let go of it with its key and what is known of its use, and take its scope from every role.

    Otherwise whoever had it could use another connection that is given the name later. Raises ConnectionNotFound.
    """
    connection = _hold(connection_id)
    before = words_of(connection)
    rights.let_use(connection.name, (), actor_id)
    store.remove_connection(connection_id)
    detail = {"name": before.name, "before": facts_of(before)}
    record_event(EventName.CONNECTION_DELETED, actor_id=actor_id, detail=detail)


def note_test(connection: Connection, method: str, path: str, *, actor_id: str) -> None:
    """Write down that it is tried out, before it is. The path without its query, which may hold anything."""
    detail = {"name": connection.name, "method": method, "path": path.partition("?")[0][:200]}
    record_event(EventName.CONNECTION_TESTED, actor_id=actor_id, detail=detail)


def get_connection(connection_id: str) -> Connection:
    """The connection as it stands now. Raises ConnectionNotFound."""
    connection = store.find_connection(connection_id) if _ID.fullmatch(connection_id) else None
    if connection is None:
        raise ConnectionNotFound
    return connection


def get_named(name: str) -> Connection:
    """The connection of that name as it stands now. Raises ConnectionNotFound."""
    connection = store.find_named(name)
    if connection is None:
        raise ConnectionNotFound
    return connection


def list_connections() -> Sequence[Connection]:
    """Every connection, by name."""
    return store.list_connections()


def list_usable(scopes: Collection[str]) -> Sequence[Connection]:
    """Those that these scopes let somebody use, by name; also what is turned off, which says so."""
    names = [each.removeprefix(_SCOPES) for each in scopes if each.startswith(_SCOPES)]
    return store.list_named(names) if names else []


def roles_of(connection: Connection) -> tuple[str, ...]:
    """The roles whose holders may use it, by name."""
    return rights.roles_of(connection)


def version_of(connection: Connection) -> str:
    """Which state a form was made from: the connection's, and who may use it."""
    return digest_of(json.dumps([connection.version, roles_of(connection)])).hex()[:16]


def _hold(connection_id: str) -> Connection:
    # Roles first, as whoever changes those does, so that no two wait for each other.
    roles.hold_roles()
    connection = store.hold_connection(connection_id) if _ID.fullmatch(connection_id) else None
    if connection is None:
        raise ConnectionNotFound
    return connection


def _hold_version(connection_id: str, version: str | None) -> Connection:
    connection = _hold(connection_id)
    if version != version_of(connection):
        raise ConnectionChanged
    return connection


def _require_same(connection: Connection, words: ConnectionWords) -> None:
    fields = sending_of(connection).refusals_of(sending_of(words))
    if words.name != connection.name:
        fields["name"] = "The name stays: whoever uses the connection calls it by this name."
    if fields:
        raise InvalidInput(fields=fields)


def _require_kept_apart(key: str, facts: Mapping[str, object]) -> None:
    """What is no secret stands in pages and in the audit: the key must not be part of it, in whatever case."""
    for field, fact in facts.items():
        texts = fact if isinstance(fact, list) else [fact]
        if any(isinstance(each, str) and key.casefold() in each.casefold() for each in texts):
            raise InvalidInput(
                fields={field: "The key stands here as well. Write it in its own field alone."}
            )


def _store_change(connection: Connection, values: Mapping[str, Any]) -> None:
    store.change_connection(
        connection.id, {**values, "version": connection.version + 1, "changed_at": clock.now()}
    )
