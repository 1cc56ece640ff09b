"""Answers that go on: each piece as it is sent, and an end as soon as nobody may or wants to read on."""

from __future__ import annotations

import time
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from tests.connections.live_calling import AT_ONCE, LiveCalling, make_callers
from tests.servers.application import let_go_of
from tests.servers.shared import wait_until
from tests.servers.upstream_answers import BLOCK, in_pieces, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable


def end_session(calling: LiveCalling, account_id: str) -> None:
    from webapp.sessions.causes import EndCause
    from webapp.sessions.service import end_all_sessions

    end_all_sessions(account_id, EndCause.SIGNED_OUT)


def lock(calling: LiveCalling, account_id: str) -> None:
    from webapp.accounts import service

    service.lock(service.get_account(account_id), "for this test", actor_id=None)


def take_role(calling: LiveCalling, account_id: str) -> None:
    from webapp.accounts import service

    service.change_roles(service.get_account(account_id), ["auditor"], actor_id=account_id)


def turn_off(calling: LiveCalling, account_id: str) -> None:
    from webapp.connections.service import turn

    turn(calling.connection.id, is_enabled=False, actor_id=account_id)


def test_event_arrives_before_the_next_is_sent(calling: LiveCalling) -> None:
    calling.service.on("/two", in_turn(b"data: 1\n\n", b"data: 2\n\n"))
    [(_, token)] = make_callers(calling, 1)
    answer = calling.call("/two", token)
    assert answer.getheader("X-Accel-Buffering") == "no"
    for expected in (b"data: 1\n\n", b"data: 2\n\n"):
        calling.service.let_go_on()
        assert answer.read1() == expected
    assert answer.read() == b""


@pytest.mark.parametrize("end", [end_session, lock, take_role, turn_off])
def test_stream_ends_within_five_seconds_of_its_right(
    calling: LiveCalling, end: Callable[[LiveCalling, str], None]
) -> None:
    from webapp.infra.database import unit_of_work

    [(person, token)] = make_callers(calling, 1)
    calling.service.on("/events", in_turn(b"data: 1\n\n", ends=False))
    answer = calling.call("/events", token)
    calling.service.let_go_on()
    assert answer.read1() == b"data: 1\n\n"
    with calling.app.app_context(), unit_of_work():
        end(calling, person.id)
    begun = time.monotonic()
    last = answer.read()
    assert time.monotonic() - begun < 5
    assert b'event: latchkey-error\ndata: {"error": "use_ended"' in last
    assert calling.call("/short", token).status in {401, 403}
    calling.turn_on()


def test_caller_who_goes_away_makes_room(calling: LiveCalling) -> None:
    [(_, token)] = make_callers(calling, 1)
    calling.service.on("/endless", in_pieces(repeat(BLOCK)))
    answers = [calling.call("/endless", token) for _ in range(AT_ONCE)]
    full = calling.call("/short", token)
    assert (full.status, full.getheader("X-Latchkey-Error")) == (503, "connections_busy")
    assert full.getheader("Retry-After") == "2"
    make_callers(calling, 1)
    for each in answers:
        each.close()
    wait_until(lambda: calling.call("/short", token).status == 200, "room for another call")


def test_server_that_stops_ends_its_streams_first(calling: LiveCalling) -> None:
    [(_, token)] = make_callers(calling, 1)
    calling.service.on("/events", in_turn(b"data: 1\n\n", ends=False))
    answer = calling.call("/events", token)
    calling.service.let_go_on()
    assert answer.read1() == b"data: 1\n\n"
    # Both nodes are on one SQLite file, which this process must not have open while others end.
    let_go_of(calling.app)
    begun = time.monotonic()
    assert calling.server.stop() == 0
    assert time.monotonic() - begun < 8
    assert b'{"error": "unavailable"' in answer.read()
    calling.server.start()
