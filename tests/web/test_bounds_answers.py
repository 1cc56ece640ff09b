"""The answers of the bounds themselves, turns, and what becomes of the application's answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.bounds_world import Answer, Behind
from webapp.web.bounds import BoundedRequests, Bounds


def test_refusal_below_api_is_json_with_the_request_id() -> None:
    answer = Behind().call("/api/../x")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "error": "malformed_path",
        "message": "The path contains a dot segment.",
        "request_id": "request-1",
    }


def test_refusal_elsewhere_is_plain_text_and_repeats_nothing_of_the_request() -> None:
    answer = Behind().call("/<script>/../x")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.body == b"The path contains a dot segment.\n\nRequest request-1\n"


@pytest.mark.parametrize("path", ["/api//x", "//x"])
def test_refusal_carries_the_headers_of_every_answer(path: str) -> None:
    headers = Behind().call(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Request-ID"] == "request-1"
    assert headers["Connection"] == "close"


def test_refusal_of_head_has_no_body() -> None:
    answer = Behind().call("//x", "HEAD")
    assert answer.status == 400
    assert answer.body == b""


def test_requests_beyond_the_bound_wait_for_a_turn_and_then_get_503() -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        entered.set()
        assert leave.wait(10)
        start_response("200 OK", [])
        return [b""]

    behind = Behind(Bounds(requests_at_once=1, turn_seconds=0.05))
    behind.bounded.application = slow
    first = threading.Thread(target=behind.call)
    first.start()
    assert entered.wait(10)
    refused = behind.call("/api/v1/protected")
    assert refused.status == 503
    assert refused.headers["Retry-After"] == "1"
    leave.set()
    first.join()
    assert behind.call().status == 200


class Pieces:
    """An answer as Flask gives it: an iterator that wants to be closed."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        self.closed += 1


def answer_with(pieces: Pieces, length: int | None) -> Any:
    def application(_environ: dict[str, Any], start_response: Any) -> Pieces:
        start_response("200 OK", [] if length is None else [("Content-Length", str(length))])
        return pieces

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_PORT": "8000"}
    return BoundedRequests(application)(environ, lambda *_: lambda _: None)


def test_small_answer_leaves_in_one_piece_and_is_closed() -> None:
    pieces = Pieces(b"one ", b"two")
    assert answer_with(pieces, 7) == [b"one two"]
    assert pieces.closed == 1


@pytest.mark.parametrize("length", [None, 262_145])
def test_answer_that_is_large_or_of_unknown_length_is_not_collected(length: int | None) -> None:
    pieces = Pieces(b"one ", b"two")
    assert answer_with(pieces, length) is pieces
    assert pieces.closed == 0


def test_error_in_the_application_gives_its_turn_back() -> None:
    behind = Behind(Bounds(requests_at_once=1, turn_seconds=0.01))

    def broken(_environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        raise ValueError("broken")

    working, behind.bounded.application = behind.bounded.application, broken
    with pytest.raises(ValueError, match="broken"):
        behind.call()
    behind.bounded.application = working
    assert isinstance(behind.call(), Answer)
