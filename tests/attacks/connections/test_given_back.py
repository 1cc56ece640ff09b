"""Calls that go wrong at odd places: each gives back its place, and none the quota that it has used."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

from tests.make import entered
from webapp.connections.service import get_connection
from webapp.connections.under_way import Desk
from webapp.connections.use import quota_of
from webapp.core.parts import part

if TYPE_CHECKING:
    import pytest

    from tests.connections.calling import Caller
    from tests.servers.upstream import Visit


def test_call_that_nobody_can_watch_is_not_made_and_keeps_no_place(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "connection-calls":
            raise RuntimeError("can't start new thread")
        start(thread)

    caller.connect(calls_at_once=1)
    monkeypatch.setitem(caller.app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert [caller.call().status_code for _ in range(2)] == [500, 500]
    monkeypatch.undo()
    with entered(caller.app):
        assert part(Desk).slots.total == 0
    assert caller.service.requests == []
    assert caller.call().status_code == 200


def test_service_that_takes_a_call_and_goes_away_has_used_the_quota(caller: Caller) -> None:
    def leave(visit: Visit) -> None:
        caller.service.socket.shutdown(socket.SHUT_RDWR)
        visit.hang_up()

    caller.connect(per_person="3/h")
    caller.call()
    caller.service.on("/last", leave)
    answer = caller.call("GET", "/last")
    assert (answer.status_code, answer.headers["X-Latchkey-Error"]) == (502, "upstream_broken")
    assert len(caller.service.requests) == 2
    with entered(caller.app):
        assert caller.connection is not None
        assert quota_of(get_connection(caller.connection.id), caller.person.id).used == 2
