"""The nets for the key of a connection around the whole application: its answers, events, rows, files and log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.connections.calling import start_calling
from tests.connections.live_calling import make_callers, start_live_calling
from tests.connections.making import CANARY_KEY, LOOPBACK
from tests.connections.use_world import connect
from tests.servers.canary import WRONG_KEY
from tests.servers.canary_dumps import find_in_database, find_in_files
from tests.servers.canary_run import NETS
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

KEY = CANARY_KEY.encode()
# The refusal of somebody who may not use it names a connection: it may be called as the key is.
NAMED = f"/api/v1/connections/{CANARY_KEY.lower()}/x"
REFUSAL = [
    f"the {part} of the answer to GET /api/v1/connections/{'*' * len(CANARY_KEY)}/x"
    for part in ("head", "body")
]


def rewrite(app: Flask, sealed: bytes, purpose: str) -> None:
    with app.app_context(), unit_of_work():
        statement = text("UPDATE connections SET key_sealed = :sealed, purpose = :purpose")
        db.session.execute(statement, {"sealed": sealed, "purpose": purpose})


@pytest.mark.database
def test_key_in_an_answer_and_an_event_of_the_application_is_caught(make_app: type) -> None:
    with start_calling(make_app(**LOOPBACK)) as caller:
        caller.connect()
        assert caller.call().status_code == 200
        assert NETS.look_after_test() == []
        assert caller.client.get(NAMED, headers=caller.headers).status_code == 403
    found = NETS.look_after_test()
    NETS.let_go_of(caller.app)
    assert {*REFUSAL, "the table audit_events"} <= set(found)


@pytest.mark.database
def test_row_with_the_key_is_caught_as_text_and_as_bytes(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    connect(app)
    assert (find_in_database(database_url), find_in_files(tmp_path)) == ([], [])
    for sealed, purpose in ((b"\x00\x01" + KEY, ""), (b"", KEY.hex())):
        rewrite(app, sealed, purpose)
        assert find_in_database(database_url) == ["the table connections"]
    rewrite(app, b"", "")
    assert find_in_database(database_url) == []
    if database_url.startswith("sqlite"):
        # What is there no more, but still in its files.
        assert find_in_files(tmp_path) != []
        (tmp_path / "latchkey.db-wal").unlink()
    NETS.take()
    NETS.let_go_of(app)


def test_sealed_key_that_nobody_would_find_is_refused(app: Flask) -> None:
    connect(app, key="another-key-9")
    assert NETS.take() == [WRONG_KEY]


def test_running_server_tells_of_an_answer_and_leaves_the_event(tmp_path: Path) -> None:
    with start_live_calling(tmp_path) as calling:
        [(_, token)] = make_callers(calling, 1)
        assert calling.call("/", token).status == 200
        assert NETS.look_after_test() == []
        assert calling.ask("GET", NAMED, headers=token).status == 403
        NETS.look_at_logs()
        assert NETS.take() == REFUSAL
    found = NETS.take()
    assert "the table audit_events" in found
    assert any(each.startswith("the file latchkey.db") for each in found)
