"""A service that gives back the key it was sent: in any part of its answer, in any form, cut anywhere."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.connections.calling import events_of, notes_of
from tests.connections.making import CANARY_KEY
from tests.servers.upstream_answers import in_pieces, raw, reply

if TYPE_CHECKING:
    from tests.connections.calling import Caller

# With what has to be written in another way in each of the forms; it ends as forms of nothing else do.
HARD_KEY = f"{CANARY_KEY}/+\"<&>'~%\\"
KEY = HARD_KEY.encode()
FORMS = {
    "plain": KEY,
    "capitals": KEY.upper(),
    "base64": b64encode(KEY),
    "in a longer base64": b64encode(b"x" + KEY + b"yz"),
    "base64 for URLs": b64encode(b"xy" + KEY).translate(bytes.maketrans(b"+/", b"-_")),
    "percent": quote(HARD_KEY, safe="").encode(),
    "percent in small letters": quote(HARD_KEY, safe="").lower().encode(),
    "percent, slashes left": quote(HARD_KEY).encode(),
    "percent, as Go has it": quote(HARD_KEY, safe="$&+:=@").encode(),
    "percent, as a query of a URL": quote(HARD_KEY, safe="/+&~%\\").encode(),
    "JSON": json.dumps(HARD_KEY).encode(),
    "JSON of PHP": json.dumps(HARD_KEY).replace("/", "\\/").encode(),
    "HTML": HARD_KEY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_the_key_comes_back_wherever_it_is_cut(caller: Caller, form: str) -> None:
    caller.connect(key=HARD_KEY, calls_at_once=1)
    whole = b"<p>" + FORMS[form] + b"</p>"
    for cut in (1, 2, 5, len(FORMS[form])):
        pieces = [whole[place : place + cut] for place in range(0, len(whole), cut)]
        caller.service.on("/", in_pieces(pieces, ("Content-Type", "text/html"), status=500))
        answer = caller.call()
        assert (answer.status_code, len(answer.data), b"***" in answer.data) == (500, len(whole), True)
        assert CANARY_KEY.encode().lower() not in answer.data.lower()
    assert len(events_of(caller, "connection.key_echoed")) == 4


@pytest.mark.parametrize("place", range(1, len(CANARY_KEY)))
def test_key_is_masked_whichever_border_of_two_chunks_cuts_it(caller: Caller, place: int) -> None:
    key = CANARY_KEY.encode()
    caller.service.on("/", in_pieces([b"a" + key[:place], key[place:] + b"z"]))
    assert caller.call().data == b"a" + b"*" * len(key) + b"z"


def test_key_in_the_head_of_an_answer_is_masked_or_left_out(caller: Caller) -> None:
    caller.connect(answer_headers=("x-echo", "location"))
    basic = b64encode(f"someone:{CANARY_KEY}".encode()).decode()
    lines = [
        f"X-Echo: one {CANARY_KEY}, two {basic}",
        f"X-Echo: {CANARY_KEY.upper()}",
        f'ETag: "{quote(CANARY_KEY, safe="")}"',
        f'Content-Disposition: attachment; filename="{CANARY_KEY}.txt"',
        f"Content-Type: text/plain; charset={CANARY_KEY}",
        f"Location: https://elsewhere.example/?token={CANARY_KEY}",
        f"Retry-After: {CANARY_KEY}",
        f"Set-Cookie: session={CANARY_KEY}",
        f"WWW-Authenticate: Bearer error={CANARY_KEY}",
        f"X-{CANARY_KEY}: there",
        "Content-Length: 2",
    ]
    for status in (201, 302, 401):
        head = "\r\n".join([f"HTTP/1.1 {status} Said {CANARY_KEY}", *lines, "", ""])
        caller.service.on("/", raw(head.encode() + b"ok"))
        answer = caller.call()
        assert (answer.status_code, answer.data) == (status, b"ok")
        assert CANARY_KEY not in answer.status
        told = str(answer.headers).lower()
        assert not {each for each in (CANARY_KEY.lower(), basic.lower()) if each in told}
        assert answer.headers.getlist("X-Echo")[1] == "*" * len(CANARY_KEY)
        assert ("Location" in answer.headers) == (status != 302)
    assert [each.masked for each in notes_of(caller)] == [7, 6, 7]


def test_trailers_and_chunk_extensions_stay_there(caller: Caller) -> None:
    caller.connect(answer_headers=("x-echo",))
    caller.service.on("/", raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Echo\r\n\r\n"
        b"2;key=" + CANARY_KEY.encode() + b"\r\nok\r\n0\r\nX-Echo: " + CANARY_KEY.encode() + b"\r\n\r\n"
    ))  # fmt: skip
    answer = caller.call()
    assert (answer.data, "X-Echo" in answer.headers) == (b"ok", False)


def test_folded_header_with_the_key_in_it_brings_no_key(caller: Caller) -> None:
    caller.connect(answer_headers=("x-echo",))
    half = len(CANARY_KEY) // 2
    folded = f"X-Echo: {CANARY_KEY[:half]}\r\n {CANARY_KEY[half:]}\r\n\t{CANARY_KEY}"
    caller.service.on("/", raw(f"HTTP/1.1 200 OK\r\n{folded}\r\nContent-Length: 2\r\n\r\nok".encode()))
    assert CANARY_KEY not in str(caller.call().headers)


def test_key_said_by_somebody_elses_answer_is_no_matter_of_this_connection(caller: Caller) -> None:
    caller.service.on("/", reply(b"********", ("X-Other", CANARY_KEY)))
    assert caller.call().data == b"********"
    assert events_of(caller, "connection.key_echoed") == []
