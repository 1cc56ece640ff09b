"""Rows whose time is over, as many as are wanted of every kind that maintenance removes, made by the database itself.

For tests with a few, and for bench/maintenance.py with hundreds of thousands. They belong to the people who are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from webapp.core import clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Whoever works while maintenance does is left alone.
_OTHERS: Final = "username NOT LIKE 'bencher%'"
_ITEMS: Final = 2_000
_MOMENTS: Final = {
    **{f"ago_{each}h": timedelta(hours=each) for each in (1, 2)},
    **{f"ago_{each}d": timedelta(days=each) for each in (2, 4, 35, 40, 100, 101, 400, 401, 500)},
}
_NUMBERS: Final = (
    "WITH RECURSIVE source(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM source WHERE i < {many}) "
)
_SOME: Final = f"SELECT id FROM accounts WHERE {_OTHERS} ORDER BY id LIMIT {{many}}"
_PEOPLE: Final = (
    "WITH source AS (SELECT id AS person, row_number() OVER (ORDER BY id) AS i FROM accounts "
    f"WHERE {_OTHERS} ORDER BY id LIMIT {{many}}) "
)


@dataclass(frozen=True, slots=True)
class DueRows:
    """What one task of maintenance removes: where such rows are, and the statements that make them."""

    task: str
    table: str
    due: str
    statements: tuple[str, ...]


def _insert(table: str, source: str = _PEOPLE, **values: str) -> str:
    """One row for each of the source, with these expressions by column."""
    return (
        f"INSERT INTO {table} ({', '.join(values)}) {source}SELECT {', '.join(values.values())} FROM source"
    )


def _change(assignments: str, condition: str = "true") -> str:
    """Of the last of the people."""
    found = f"SELECT id FROM accounts WHERE {_OTHERS} AND {condition} ORDER BY id DESC LIMIT {{few}}"
    return f"UPDATE accounts SET {assignments} WHERE id IN ({found})"


_SESSION: Final = {
    "account_id": "person", "device": "''", "address": "'192.0.2.9'", "methods": "'pwd'", "counter": "1",
    "received": "1",
    **dict.fromkeys(("created_at", "authenticated_at", "proved_at", "last_active_at"), "{ago_101d}"),
}  # fmt: skip
_MAIL: Final = {"kind": "'notice'", "account_id": "person", "attempts": "1"}
_USE: Final = {
    "connection_id": "'due'", "account_id": "person", "sent_bytes": "0", "answered_bytes": "0", "milliseconds": "1",
}  # fmt: skip
_MESSAGE: Final = {
    "endpoint_id": "'due'", "event": "'account.locked'", "body": "'{{}}'", "mac": "{empty}", "attempts": "1",
    "tries": "1", "created_at": "{ago_40d}", "delivered_at": "{ago_40d}",
}  # fmt: skip
_ATTEMPTS: Final = (
    "INSERT INTO webhook_attempts (message_id, at, status, milliseconds) "
    "SELECT id, {ago_40d}, 200, 1 FROM webhook_messages WHERE created_at < {ago_35d}"
)
_ITEMS_OF_JOBS: Final = (
    f"INSERT INTO job_items (job_id, number, subject) {_NUMBERS.replace('many', 'items')}"
    "SELECT id, i, 'due' FROM jobs, source WHERE kind = 'due'"
)
_CONNECTION: Final = (
    "INSERT INTO connections (id, name, purpose, base_url, auth_kind, auth_name, auth_template, key_sealed, "
    "key_changed_at, methods, paths, request_headers, answer_headers, per_person, overall, most_sent, most_answered, "
    "answer_seconds, call_seconds, calls_at_once, is_enabled, version, created_at, changed_at) VALUES ('due', 'due', "
    "'', 'https://due.example', 'bearer', '', 'Bearer {{key}}', {empty}, {ago_500d}, 'GET', '/', '', '', '60/m', '', "
    "1, 1, 1, 1, 1, false, 1, {ago_500d}, {ago_500d})"
)
DUE: Final = (
    DueRows(
        "Sessions past a limit ended", "sessions", "ended_at IS NULL AND ends_at <= {ago_2h}",
        (_insert("sessions", id="'open' || i", **_SESSION, ends_at="{ago_2d}"),),
    ),
    DueRows(
        "Sessions of long ago deleted", "sessions", "ended_at < {ago_100d}",
        (_insert("sessions", id="'over' || i", **_SESSION, ends_at="{ago_101d}", ended_at="{ago_101d}",
            end_cause="'idle'"),),
    ),
    DueRows(
        "Authenticator apps never confirmed deleted", "totp_factors", "id LIKE 'due%'",
        (_insert("totp_factors", id="'due' || i", account_id="person", name="'App'", secret="{random}",
            created_at="{ago_2h}"),),
    ),
    DueRows(
        "Challenges to passkeys never answered deleted", "passkey_challenges", "expires_at < {ago_1h}",
        (_insert("passkey_challenges", _NUMBERS, challenge_digest="{random}", purpose="'sign-in'", bound_to="''",
            expires_at="{ago_2h}"),),
    ),
    DueRows(
        "Sign-ins never finished deleted", "pending_sign_ins", "expires_at < {ago_1h}",
        (_insert("pending_sign_ins", id="'due' || i", token_digest="{random}", account_id="person", device_id="'due'",
            is_page="true", created_at="{ago_2h}", expires_at="{ago_2h}"),),
    ),
    DueRows(
        "Devices unseen for a year forgotten", "known_devices", "last_seen_at < {ago_400d}",
        (_insert("known_devices", device_id="'due'", account_id="person", device="''", address="''",
            first_seen_at="{ago_500d}", last_seen_at="{ago_500d}"),),
    ),
    DueRows(
        "Locks that have run out lifted", "accounts", "locked_until < {ago_1h}",
        (_change("locked_at = {ago_2d}, locked_until = {ago_2h}, lock_reason = 'due'"),),
    ),
    DueRows(
        "Accounts deleted whose day has come", "accounts", "deletion_due_at < {ago_1h}",
        (_change("deletion_due_at = {ago_2h}", "locked_until IS NULL"),),
    ),
    DueRows(
        "Jobs of long ago forgotten", "job_items", "job_id LIKE 'due%'",
        (_insert("jobs", _NUMBERS.replace("many", "jobs"), id="'due' || i", kind="'due'", detail="'{{}}'",
            created_at="{ago_40d}", finished_at="{ago_40d}", attempts="1", total="{items}", position="{items}",
            refused="0"),
        _ITEMS_OF_JOBS),
    ),
    DueRows(
        "Links of long ago deleted", "single_use_links", "expires_at < {ago_35d}",
        (_insert("single_use_links", id="'due' || i", purpose="'reset'", token_digest="{random}", account_id="person",
            created_at="{ago_40d}", expires_at="{ago_40d}", spent_at="{ago_40d}"),),
    ),
    DueRows(
        "Former addresses kept no longer forgotten", "former_addresses", "kept_until < {ago_1h}",
        (_insert("former_addresses", id="'due' || i", account_id="person", address="'due' || i || '@example.org'",
            address_key="'due' || i || '@example.org'", replaced_at="{ago_40d}", kept_until="{ago_2h}"),),
    ),
    DueRows(
        "Words of accounts dated", "account_search", "created_at IS NULL",
        (f"UPDATE account_search SET created_at = NULL WHERE account_id IN ({_SOME})",),
    ),
    DueRows(
        "Letters that nobody could deliver given up", "mails", "due_at < {ago_4d}",
        (_insert("mails", _PEOPLE.replace("many", "few"), id="'late' || i", **_MAIL, created_at="{ago_35d}",
            due_at="{ago_35d}", body="{random}"),),
    ),
    DueRows(
        "Letters of the mailbox page erased", "mails", "id LIKE 'kept%' AND body IS NOT NULL",
        (_insert("mails", id="'kept' || i", **_MAIL, created_at="{ago_4d}", delivered_at="{ago_4d}", body="{random}"),),
    ),
    DueRows(
        "Letters of long ago forgotten", "mails", "id LIKE 'due%'",
        (_insert("mails", id="'due' || i", **_MAIL, created_at="{ago_40d}", delivered_at="{ago_40d}"),),
    ),
    DueRows(
        "Revocations of expired tokens deleted", "revoked_tokens", "expires_at < {ago_1h}",
        (_insert("revoked_tokens", _NUMBERS, token_id="'due' || i", revoked_at="{ago_2h}", expires_at="{ago_2h}"),),
    ),
    DueRows(
        "Proofs too old to be shown again deleted", "seen_proofs", "expires_at < {ago_1h}",
        (_insert("seen_proofs", _NUMBERS, digest="{random}", expires_at="{ago_2h}"),),
    ),
    DueRows(
        "Calls through connections of long ago forgotten", "connection_calls", "at < {ago_35d}",
        (_CONNECTION,
        _insert("connection_calls", **_USE, session_id="''", at="{ago_40d}", method="'GET'", path="'/'",
            request_id="''", masked="0")),
    ),
    DueRows(
        "Sums of connections kept no longer forgotten", "connection_hours", "hour < {ago_401d}",
        (_insert("connection_hours", **_USE, hour="{ago_500d}", calls="1", errors="0", under_100="1", under_300="0",
            under_1000="0", under_3000="0"),),
    ),
    DueRows(
        "Webhook messages of long ago forgotten", "webhook_messages", "created_at < {ago_35d}",
        (_insert("webhook_messages", _NUMBERS, id="'due' || i", **_MESSAGE),
        _ATTEMPTS),
    ),
)  # fmt: skip


def make_due(connection: Connection, rows: DueRows, many: int) -> None:
    """Store about so many; of what takes an event, or a letter, each, a fiftieth of that."""
    sizes = {
        "many": many,
        "few": max(1, many // 50),
        "items": min(many, _ITEMS),
        "jobs": max(1, many // _ITEMS),
    }
    for statement in rows.statements:
        connection.execute(text(_worded(connection, statement, **sizes)))


def count_due(connection: Connection, rows: DueRows) -> int:
    """How many there are."""
    condition = _worded(connection, rows.due)
    return int(connection.scalar(text(f"SELECT count(*) FROM {rows.table} WHERE {condition}")) or 0)


def _worded(connection: Connection, statement: str, **sizes: int) -> str:
    """In the words of this database. Digests and secrets follow no order: they are anywhere in their index."""
    on_postgresql = connection.dialect.name == "postgresql"
    moments = {}
    for name, ago in _MOMENTS.items():
        stored = (clock.now() - ago).replace(tzinfo=None).isoformat(" ", "microseconds")
        moments[name] = f"CAST('{stored}+00' AS timestamptz)" if on_postgresql else f"'{stored}'"
    random = "sha256(CAST('due' || i AS bytea))" if on_postgresql else "randomblob(32)"
    empty = "CAST('' AS bytea)" if on_postgresql else "x''"
    return statement.format(**moments, **sizes, random=random, empty=empty)
