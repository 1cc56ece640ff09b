"""Bodies: buffered whole, bounded in size, with one length."""

from __future__ import annotations

import io

import pytest

from tests.web.bounds_world import Behind, Chunks
from webapp.web.bounds import Bounds

SMALL = Bounds(body_bytes=2000, body_bytes_below={"/large": 5000, "/large/tiny": 10})


def test_body_of_stated_length_reaches_the_application_whole() -> None:
    behind = Behind(SMALL)
    body = b"a" * 2000
    answer = behind.call("/", "POST", CONTENT_LENGTH="2000", **{"wsgi.input": Chunks(body)})
    assert answer.body == body
    assert isinstance(behind.seen[0]["wsgi.input"], io.BytesIO)


def test_no_more_is_read_than_the_stated_length() -> None:
    source = Chunks(b"a" * 100 + b"GET /next")
    assert Behind().call("/", "POST", CONTENT_LENGTH="100", **{"wsgi.input": source}).body == b"a" * 100
    assert source.taken == 100


def test_body_above_the_limit_is_refused_after_it_was_dropped() -> None:
    behind = Behind(SMALL)
    source = Chunks(b"a" * 2001)
    answer = behind.call("/api/v1/login", "POST", CONTENT_LENGTH="2001", **{"wsgi.input": source})
    assert answer.status == 413
    assert answer.json["error"] == "body_too_large"
    assert source.taken == 2001
    assert not behind.seen


def test_body_far_above_the_limit_is_not_read_at_all() -> None:
    source = Chunks(b"a" * 5000)
    assert Behind().call("/", "POST", CONTENT_LENGTH="2000000", **{"wsgi.input": source}).status == 413
    assert source.taken == 0


def test_longest_prefix_decides_the_limit() -> None:
    for path, size, status in (("/large/x", 5000, 200), ("/large/x", 5001, 413), ("/large/tiny", 11, 413)):
        source = io.BytesIO(b"a" * size)
        answer = Behind(SMALL).call(path, "POST", CONTENT_LENGTH=str(size), **{"wsgi.input": source})
        assert answer.status == status


def test_chunked_body_gets_a_length() -> None:
    behind = Behind(SMALL)
    source = Chunks(b"a" * 2000)
    answer = behind.call("/", "POST", HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": source})
    assert answer.body == b"a" * 2000
    assert behind.seen[0]["CONTENT_LENGTH"] == "2000"
    assert "HTTP_TRANSFER_ENCODING" not in behind.seen[0]


def test_chunked_body_above_the_limit_is_not_read_to_its_end() -> None:
    source = Chunks(b"a" * 100_000)
    answer = Behind(SMALL).call("/", "POST", HTTP_TRANSFER_ENCODING="Chunked", **{"wsgi.input": source})
    assert answer.status == 413
    assert source.taken == 2001


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity", "chunked\t,"])
def test_body_with_two_lengths_or_another_coding_is_refused(coding: str) -> None:
    behind = Behind()
    answer = behind.call("/api/x", "POST", HTTP_TRANSFER_ENCODING=coding, CONTENT_LENGTH="3")
    assert answer.status == 400
    assert answer.json["error"] == "conflicting_length"
    if coding != "chunked":
        assert behind.call("/", "POST", HTTP_TRANSFER_ENCODING=coding).status == 400
    assert not behind.seen


@pytest.mark.parametrize("length", ["3, 3", "-1", "+3", " 3", "3.0", "0x3", "\u0663", "9" * 19])
def test_length_that_is_no_number_is_refused(length: str) -> None:
    assert Behind().call("/", "POST", CONTENT_LENGTH=length).status == 400


def test_body_shorter_than_it_says_is_refused() -> None:
    answer = Behind().call("/api/x", "POST", CONTENT_LENGTH="10", **{"wsgi.input": io.BytesIO(b"abc")})
    assert answer.status == 400
    assert answer.json["error"] == "incomplete_body"


def test_request_without_a_body_reads_nothing_from_the_connection() -> None:
    behind = Behind()
    assert behind.call("/", "GET", **{"wsgi.input": None}).status == 200
    assert behind.call("/", "POST", CONTENT_LENGTH="0", **{"wsgi.input": None}).status == 200
    assert behind.bodies == [b"", b""]
