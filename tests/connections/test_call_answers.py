"""What comes back from a service: as it is, under our policy, and never with the key in it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from tests.connections.calling import events_of, notes_of
from tests.connections.making import CANARY_KEY, LOOPBACK
from tests.servers.upstream_answers import head, in_pieces, raw, redirect, reply, zipped
from webapp.web.fixed_headers import DATA_POLICY

if TYPE_CHECKING:
    from tests.connections.calling import Caller

ECHO = f'{{"you": "Bearer {CANARY_KEY}", "again": "{CANARY_KEY.upper()}"}}'.encode()


@pytest.fixture
def environment() -> dict[str, str]:
    return LOOPBACK


def test_page_of_a_service_can_do_nothing_here(caller: Caller) -> None:
    hostile = [("Set-Cookie", "a=b"), ("Content-Security-Policy", "default-src *"), ("X-Latchkey-Error", "x")]
    caller.service.on("/", reply(b"<script>", ("Content-Type", "text/html"), *hostile))
    answer = caller.call()
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"<script>", "text/html")
    assert answer.headers.getlist("Content-Security-Policy") == [DATA_POLICY]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"Set-Cookie", "X-Latchkey-Error"} & set(answer.headers.keys())


def test_status_and_listed_headers_come_back(caller: Caller) -> None:
    caller.connect(answer_headers=("x-trace",))
    caller.service.on("/", reply(b"no", ("Retry-After", "9"), ("X-Trace", "7"), ("X-Other", "8"), status=429))
    answer = caller.call()
    assert (answer.status_code, answer.data) == (429, b"no")
    assert (answer.headers["Retry-After"], answer.headers["X-Trace"]) == ("9", "7")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert not {"X-Other", "X-Latchkey-Error"} & set(answer.headers.keys())
    [note] = notes_of(caller)
    assert (note.status, note.error, note.answered_bytes) == (429, None, 2)


def test_answers_without_a_body_have_none(caller: Caller) -> None:
    caller.service.on("/none", reply(status=204))
    caller.service.on("/same", reply(status=304))
    caller.service.on("/length", reply(b"x" * 300))
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    caller.service.on("/hints", raw(hints + head(200, ("Content-Length", "2")) + b"ok"))
    answers = [caller.call("GET", "/none"), caller.call("GET", "/same"), caller.call("HEAD", "/length")]
    assert [each.status_code for each in answers] == [204, 304, 200]
    assert [each.data for each in answers] == [b"", b"", b""]
    assert answers[2].headers["Content-Length"] == "300"
    assert caller.call("GET", "/hints").data == b"ok"
    assert [each.method for each in notes_of(caller)] == ["GET", "GET", "HEAD", "GET"]


def test_redirect_is_neither_followed_nor_told(caller: Caller) -> None:
    caller.service.on("/", redirect(f"{caller.service.url}/elsewhere"))
    answer = caller.call()
    assert (answer.status_code, answer.data) == (302, b"over there")
    assert "Location" not in answer.headers
    assert [each.path for each in caller.service.requests] == ["/"]


@pytest.mark.parametrize("cut", [1, 7, len(ECHO)])
def test_echoed_key_is_masked_across_pieces_and_told_once(caller: Caller, cut: int) -> None:
    caller.connect(answer_headers=("x-echo",))
    pieces = [ECHO[place : place + cut] for place in range(0, len(ECHO), cut)]
    caller.service.on("/", in_pieces(pieces, ("X-Echo", f"Bearer {CANARY_KEY}")))
    answer = caller.call()
    stars = "*" * len(CANARY_KEY)
    assert json.loads(answer.data) == {"you": f"Bearer {stars}", "again": stars}
    assert answer.headers["X-Echo"] == f"Bearer {stars}"
    [event] = events_of(caller, "connection.key_echoed")
    assert json.loads(event.detail) == {"name": "weather"}
    assert notes_of(caller)[0].masked == 3


def test_masked_answer_keeps_its_length(caller: Caller) -> None:
    basic = b64encode(f"ada:{CANARY_KEY}".encode())
    caller.connect(auth_kind="basic", auth_name="ada")
    caller.service.on("/", reply(b"a" * 50 + basic + b"z"))
    answer = caller.call()
    assert answer.data == b"a" * 50 + b"*" * len(basic.rstrip(b"=")) + basic[len(basic.rstrip(b"=")) :] + b"z"
    assert answer.headers["Content-Length"] == str(len(answer.data))


REFUSED: dict[str, tuple[Any, str, int]] = {
    "compressed": (zipped(b"x" * 1000), "answer_encoded", 502),
    "too large": (reply(b"x" * 1001), "answer_too_large", 502),
    "no HTTP": (raw(b"hello\r\n\r\n"), "upstream_broken", 502),
    "another protocol": (raw(head(101, ("Upgrade", "websocket"))), "upstream_broken", 502),
    "no status that there is": (raw(head(777, ("Content-Length", "0"))), "upstream_broken", 502),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_answer_that_cannot_be_passed_on_is_our_error(caller: Caller, kind: str) -> None:
    answers, code, status = REFUSED[kind]
    caller.connect(most_answered=1000)
    caller.service.on("/", answers)
    answer = caller.call()
    assert (answer.status_code, answer.headers["X-Latchkey-Error"]) == (status, code)
    assert notes_of(caller)[0].error == code


def test_answer_that_grows_too_large_ends_and_says_so_where_it_can(caller: Caller) -> None:
    caller.connect(most_answered=1000)
    caller.service.on("/", in_pieces([b"x" * 599 + b" "] * 3))
    caller.service.on(
        "/events", in_pieces([b"data: " + b"x" * 599 + b" "] * 3, ("Content-Type", "text/event-stream"))
    )
    assert caller.call().data == b"x" * 599 + b" "
    last = caller.call("GET", "/events").data[606:].splitlines()
    assert last[:2] == [b"", b"event: latchkey-error"]
    assert json.loads(last[2].removeprefix(b"data: "))["error"] == "answer_too_large"
    assert [each.error for each in notes_of(caller)] == ["answer_too_large"] * 2
