"""Whoever can write to the database moves sealed keys about; or the server has lost its ENCRYPTION_KEY."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import open_console
from tests.connections.calling import start_calling
from tests.connections.making import LOOPBACK, OTHER_KEY, make_connection
from tests.servers.application import ENVIRONMENT
from tests.servers.upstream import upstream
from webapp.connections.models import Connection
from webapp.core.parts import part
from webapp.infra.database import db, unit_of_work
from webapp.infra.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.connections.calling import Caller


def reseal(caller: Caller, sealed: Callable[[Connection, Connection], bytes]) -> None:
    """Put something else into the row that is called; it is made of that row and of another one."""
    assert caller.connection is not None
    other = make_connection(caller.app, key=OTHER_KEY, name="other", base_url=caller.service.url)
    with caller.app.app_context(), unit_of_work():
        row = db.session.get_one(Connection, caller.connection.id)
        row.key_sealed = sealed(row, db.session.get_one(Connection, other.id))


def put(row: Connection, values: dict[str, str]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


CHANGES: dict[str, Callable[[Connection, Connection], bytes]] = {
    "another row's": lambda _, other: other.key_sealed,
    "of another column": lambda row, _: part(Sealer).seal(b"x" * 20, f"totp.secret.{row.id}"),
    "one bit": lambda row, _: row.key_sealed[:-1] + bytes([row.key_sealed[-1] ^ 1]),
    "cut": lambda row, _: row.key_sealed[:-3],
    "nothing": lambda _row, _other: b"",
    "in the open": lambda _row, _other: b"a-key-that-nobody-sealed",
    "another version": lambda row, _: b"\x02" + row.key_sealed[1:],
}


@pytest.mark.parametrize("change", CHANGES)
def test_key_that_was_put_there_is_never_sent(caller: Caller, change: str) -> None:
    caller.connect(per_person="1/h")
    reseal(caller, CHANGES[change])
    for _ in range(2):
        answer = caller.call()
        assert (answer.status_code, answer.headers["X-Latchkey-Error"]) == (503, "sealed_value_unreadable")
    assert (caller.service.accepted, caller.service.requests) == (0, [])


def test_key_goes_nowhere_else_for_who_can_write_to_the_database(caller: Caller) -> None:
    made = caller.connect(base_url=f"{caller.service.url}/ours", auth_kind="query", auth_name="key")
    ours = caller.service.url
    with upstream() as thief:
        for change in (
            *(
                {"base_url": each}
                for each in (f"{thief.url}/ours", f"{ours}/mine", ours, f"{ours}/ours/", "nowhere")
            ),
            *(
                {"base_url": ours.replace("http:", "https:")},
                {"auth_name": "text"},
                {"auth_template": "{key}"},
            ),
            *({"auth_kind": "bearer"}, {"auth_kind": "header", "auth_name": "X-Text"}, {"auth_kind": "none"}),
        ):
            with caller.app.app_context(), unit_of_work():
                row = db.session.get_one(Connection, made.id)
                before = {name: getattr(row, name) for name in change}
                put(row, change)
            answer = caller.call()
            told = (answer.status_code, answer.headers["X-Latchkey-Error"])
            assert told == (503, "sealed_value_unreadable"), change
            with caller.app.app_context(), unit_of_work():
                put(db.session.get_one(Connection, made.id), before)
        assert (thief.accepted, caller.service.accepted) == (0, 0)
    assert (caller.call().status_code, caller.service.accepted) == (200, 1)


def test_server_with_another_encryption_key_sends_nothing(make_app: Callable[..., Flask]) -> None:
    with start_calling(make_app(**LOOPBACK)) as caller:
        connection = caller.connect()
        stranger = make_app(**LOOPBACK, ENCRYPTION_KEY=ENVIRONMENT["ENCRYPTION_KEY"][::-1])
        answer = stranger.test_client().get(connection.path("/"), headers=caller.headers)
        assert (answer.status_code, answer.get_json()["error"]) == (503, "sealed_value_unreadable")
        # Pages need no signing key: an administrator finds out there.
        console = open_console(stranger)
        path = f"/admin/connections/{connection.id}"
        assert "cannot be opened with the present ENCRYPTION_KEY" in console.pages.get(path).text
        console.pages.get(f"{path}/test")
        assert console.pages.submit(f"{path}/test").status == 503
        assert caller.service.accepted == 0
