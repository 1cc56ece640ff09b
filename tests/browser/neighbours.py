"""The people in the pictures: eight of them, who joined over months and signed in from different devices."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from tests.browser.people import register_by_api
from tests.make import PASSWORD

if TYPE_CHECKING:
    from tests.servers.live import LiveServer

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:149.0) Gecko/20100101 Firefox/149.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.1 Mobile/15E148 Safari/604.1"
)
_SESSIONS = "UPDATE sessions SET created_at = ?, authenticated_at = ?, last_active_at = ?, address = ?"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`joined` and `seen` in hours before now; None for somebody who has never signed in."""

    username: str
    name: str
    joined: float
    seen: float | None
    verified: bool = True
    locked: str | None = None
    agent: str = CHROME
    address: str = "203.0.113.24"


ADMINISTRATOR = Neighbour("ada", "Ada Lindqvist", 24 * 211, 0.01)
PHOTOGRAPHED = Neighbour("mara", "Mara Okafor", 24 * 143, 0.5, agent=FIREFOX, address="198.51.100.7")
TO_LOCK = Neighbour("jonas", "Jonas Weber", 24 * 97, 26, agent=IPHONE, address="203.0.113.80")
NEIGHBOURS = (
    PHOTOGRAPHED,
    TO_LOCK,
    Neighbour("priya.nair", "Priya Nair", 24 * 88, 3, address="192.0.2.41"),
    Neighbour("tomasz", "Tomasz Zieliński", 24 * 52, 24 * 40, locked="Left the company", agent=FIREFOX),
    Neighbour("yuki", "Yuki Tanaka", 24 * 30, 24 * 6, agent=IPHONE, address="198.51.100.201"),
    Neighbour("amelie", "Amélie Durand", 24 * 9, 31, verified=False, address="192.0.2.77"),
    Neighbour("sam-otieno", "Sam Otieno", 5, None, verified=False),
)


def move_in(server: LiveServer) -> None:
    """Everybody registers and signs in as anybody would; then their past is written into the database."""
    for each in NEIGHBOURS:
        register_by_api(server, each.username)
        if each.seen is not None:
            _sign_in_from(server, each.username, each.agent)
        if each.locked:
            server.run_command("accounts", "lock", each.username, f"--reason={each.locked}")
    with _database_of(server) as database, database:
        change = database.execute
        change(
            "UPDATE audit_events SET occurred_at = ? WHERE account_id IS NULL", [_ago(ADMINISTRATOR.joined)]
        )
        for each in (ADMINISTRATOR, *NEIGHBOURS):
            _age(database, each)
    _sign_in_from(server, PHOTOGRAPHED.username, IPHONE)
    with _database_of(server) as database, database:
        _age_latest_sign_in(database, 0.2, "203.0.113.115")
        _renumber(database)


def _sign_in_from(server: LiveServer, username: str, agent: str) -> None:
    body = json.dumps({"username": username, "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json", "User-Agent": agent}
    urlopen(Request(f"{server.url}/api/v1/login", body, headers), timeout=30).close()


def _database_of(server: LiveServer) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(server.folder / "instance" / "latchkey.db", timeout=30))


def _age(database: sqlite3.Connection, person: Neighbour) -> None:
    joined, seen = _ago(person.joined), None if person.seen is None else _ago(person.seen)
    change = database.execute
    (key,) = change("SELECT id FROM accounts WHERE username = ?", [person.username]).fetchone()
    change("UPDATE accounts SET display_name = ?, created_at = ?, password_changed_at = ? WHERE id = ?",
           [person.name, joined, joined, key])  # fmt: skip
    if person.verified:
        change("UPDATE email_addresses SET verified_at = ? WHERE account_id = ?", [joined, key])
    change(
        "UPDATE audit_events SET address = ? WHERE account_id = ? AND address <> ''", [person.address, key]
    )
    events = "UPDATE audit_events SET occurred_at = ? WHERE account_id = ? AND (name = 'account.created') = ?"
    change(events, [joined, key, 1])
    if seen is None or person is ADMINISTRATOR:
        return
    change(events, [seen, key, 0])
    change("UPDATE accounts SET last_signed_in_at = ? WHERE id = ?", [seen, key])
    change("UPDATE accounts SET locked_at = ? WHERE id = ? AND locked_at IS NOT NULL", [seen, key])
    change(f"{_SESSIONS} WHERE account_id = ?", [seen, seen, seen, person.address, key])


def _age_latest_sign_in(database: sqlite3.Connection, hours: float, address: str) -> None:
    then = _ago(hours)
    latest = "WHERE session_id = ?"
    query = "SELECT session_id FROM audit_events WHERE name = 'login.succeeded' ORDER BY id DESC LIMIT 1"
    (key,) = database.execute(query).fetchone()
    database.execute(f"UPDATE audit_events SET occurred_at = ?, address = ? {latest}", [then, address, key])
    database.execute(f"{_SESSIONS} WHERE id = ?", [then, then, then, address, key])


def _renumber(database: sqlite3.Connection) -> None:
    """The audit is read in the order of its ids, which is to be that of its times."""
    query = "SELECT id FROM audit_events ORDER BY occurred_at, id"
    ids = [row[0] for row in database.execute(query)]
    change = "UPDATE audit_events SET id = ? WHERE id = ?"
    database.executemany(change, [(-place, each) for place, each in enumerate(ids, 1)])
    database.executemany(change, [(place, -place) for place in range(1, len(ids) + 1)])


def _ago(hours: float) -> str:
    """As the database keeps moments."""
    return (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S.%f")
