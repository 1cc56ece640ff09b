"""A service that sends too much, for too long, compressed, or stops in the middle: the call ends, and others go on."""

from __future__ import annotations

import gzip
import time
import zlib
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from tests.connections.calling import notes_of
from tests.connections.making import CANARY_KEY
from tests.servers.upstream_answers import (
    BLOCK,
    endless_headers,
    endless_hints,
    huge,
    in_pieces,
    in_turn,
    raw_then_hang,
    reply,
)

if TYPE_CHECKING:
    from tests.connections.calling import Caller

TEN_GIGABYTES = 10 * 1024**3
SSE = ("Content-Type", "text/event-stream")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "identity, gzip", "gzip, identity", "x"])
def test_coded_answer_in_which_nobody_could_see_the_key_is_refused(caller: Caller, coding: str) -> None:
    pack = zlib.compress if coding == "deflate" else gzip.compress
    caller.service.on("/", reply(pack(CANARY_KEY.encode()), ("Content-Encoding", coding)))
    answer = caller.call(headers={"Accept-Encoding": "gzip, br"})
    assert (answer.status_code, answer.headers["X-Latchkey-Error"]) == (502, "answer_encoded")
    assert caller.service.requests[0].values("Accept-Encoding") == ["identity"]


def test_second_header_hides_no_coding(caller: Caller) -> None:
    codings = [("Content-Encoding", "gzip"), ("Content-Encoding", "identity")]
    for order in (codings, codings[::-1]):
        caller.service.on("/", reply(gzip.compress(CANARY_KEY.encode()), *order))
        assert caller.call().status_code == 502


def test_part_of_an_answer_is_neither_asked_for_nor_passed_on(caller: Caller) -> None:
    caller.connect(request_headers=(), answer_headers=())
    asked = {"Range": "bytes=0-9", "If-Range": '"x"'}
    caller.call(headers=asked)
    sent = caller.service.requests[0]
    assert (sent.header("Range"), sent.header("If-Range")) == (None, None)


@pytest.mark.parametrize("is_chunked", [True, False])
def test_ten_gigabytes_are_read_as_far_as_the_connection_passes_them_on(
    caller: Caller, is_chunked: bool
) -> None:
    caller.connect(most_answered=1_000_000)
    caller.service.on("/", huge(TEN_GIGABYTES, is_chunked=is_chunked))
    answer = caller.call()
    if is_chunked:
        assert 0 < len(answer.data) <= 1_000_000
    else:
        assert answer.status_code == 502
    [note] = notes_of(caller)
    assert note.error == "answer_too_large"
    assert note.answered_bytes <= 1_000_000 + len(BLOCK)
    caller.service.await_ends(1)


@pytest.mark.parametrize("answers", [endless_headers, endless_hints])
def test_head_without_end_is_broken(caller: Caller, answers: Any) -> None:
    caller.service.on("/", answers)
    answer = caller.call()
    assert (answer.status_code, answer.headers["X-Latchkey-Error"]) == (502, "upstream_broken")
    caller.service.await_ends(1)
    assert caller.call("GET", "/other").status_code == 200


HANGING: dict[str, tuple[Any, str]] = {
    "events": (in_turn(b"data: 1\n\n", ends=False), "data: 1"),
    "with a length": (raw_then_hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf, "), "half"),
    "in a chunk": (raw_then_hang(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf, "), "half"),
    "in half a key": (
        raw_then_hang(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf, " + CANARY_KEY[:20].encode()), "half",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HANGING)
def test_hang_in_the_middle_ends_with_the_time_of_the_call(caller: Caller, kind: str) -> None:
    caller.connect(answer_seconds=1, call_seconds=1)
    answers, before = HANGING[kind]
    caller.service.on("/", answers)
    caller.service.let_go_on()
    begun = time.monotonic()
    body = caller.call().text
    assert time.monotonic() - begun < 10
    assert body.startswith(before)
    assert ("latchkey-error" in body) == (kind == "events")
    assert CANARY_KEY[:20] not in body
    [note] = notes_of(caller)
    assert (note.error, note.status) == ("call_too_long", 200)
    caller.service.await_ends(1)


def test_service_that_never_stops_talking_is_cut_and_leaves_a_place(caller: Caller) -> None:
    caller.connect(answer_seconds=1, call_seconds=1, most_answered=2_000_000_000, calls_at_once=1)
    caller.service.on("/", in_pieces(repeat(b"data: x\n\n"), SSE))
    assert caller.call().data.endswith(b"\n\n")
    assert notes_of(caller)[0].error == "call_too_long"
    assert caller.call("GET", "/other").status_code == 200
