"""Files that are no files of accounts are refused with a line to blame; odd lines one by one, taken literally."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, open_console
from tests.admin.transfer import IMPORT, check, lines_on, send, sentences_on
from tests.attacks.admin.test_import_files import HEADER, count
from tests.web.bounds_world import Behind
from webapp.admin.import_files import MOST_BYTES
from webapp.infra.job_models import Job, JobFile
from webapp.web.bounds import BoundedRequests
from webapp.web.large_bodies import LargeBodies

if TYPE_CHECKING:
    from flask import Flask

GOOD = HEADER + "mara,mara@example.org\n"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


UNREADABLE = {
    b"": "This file is empty.",
    b"\n \n": "missing: username, email",
    HEADER.encode(): "There are no accounts in it",
    b"username,mail\n": "missing: email",
    b"username,email,is_admin\na,b,c\n": "not known: is_admin",
    b"username,email,email\n": "names a column twice",
    b"username,email\nmara,mara@example.org\n\xe9ve,eve@example.org\n": "Line 3 is not text in UTF-8",
    "username,email\n".encode("utf-16"): "in UTF-16",
    b'username,email\nmara,mara@example.org\n"noor,noor@example.org\nzoe,z@example.org\n': "Line 3 is not CSV",
    b"username,email\n" + b"x" * 200_000: "Line 2 is not CSV: field larger",
    b'[\n{"username": "mara"},\n{"username": "no': "Line 3 cannot be read",
    b'[{"username": "mara"}': "Line 1 cannot be read. The file ends there",
    b'[{"username": "mara"}]\nmore': "Line 2 cannot be read",
    b"[" * 100_000: "cannot be read",
    b"\x89PNG\r\n\x1a\n": "not text in UTF-8",
}


@pytest.mark.parametrize(("body", "told"), UNREADABLE.items(), ids=range(len(UNREADABLE)))
def test_file_that_is_none_is_refused_with_the_line_that_is_to_blame(
    app: Flask, console: Console, body: bytes, told: str
) -> None:
    page = send(console.pages, body)
    assert (page.status, told in page.text) == (422, True), page.text
    assert page.find(".error-summary") is not None
    assert count(app, Job) == 0


def test_odd_lines_are_refused_one_by_one_and_taken_literally(app: Flask, console: Console) -> None:
    objects: list[object] = [
        {"username": "mara", "email": "mara@example.org"},
        {"username": "a\x00b", "email": "x@example.org"},
        {"username": "a\ud800b", "email": "x@example.org"},
        {"username": {"$ne": ""}, "email": "x@example.org"},
        {"username": "x" * 2_000, "email": "x@example.org"},
        {"username": "odd", "email": "x@example.org", "is_admin": True},
        {"username": "high", "email": "x@example.org", "roles": ["administrator", "emperor"]},
        ["mara"],
    ]
    page = check(app, console.pages, "\n".join(map(json.dumps, objects)) + "\nnot json\n")
    assert [line[2] for line in lines_on(page)] == [
        "New",
        "Refused Leave out the invisible character.",
        "Refused Leave out the broken character.",
        "Refused Write a text into username.",
        "Refused What stands in username is too long.",
        "Refused The name is_admin is not known.",
        "Refused There is no role emperor.",
        "Refused It is not a JSON object with username and email.",
        "Refused It is not JSON.",
    ]


def test_ten_thousand_broken_lines_are_shown_page_by_page(app: Flask, console: Console) -> None:
    page = check(app, console.pages, HEADER + 'a b"c,\x1b\n' * 10_000)
    assert sentences_on(page)[0].startswith("There was nothing to import")
    assert len(lines_on(page)) == 50
    page = console.pages.get(f"{page.path}?show=refused&after=9990")
    assert [line[0] for line in lines_on(page)][-1] == "10,001"
    assert count(app, JobFile) == 0
    for odd in ("-1", "9" * 30, "x", "2147483648"):
        assert console.pages.get(f"{page.path.partition('?')[0]}?show=nothing&after={odd}").status == 200


def test_file_over_the_limit_leads_to_a_page_that_says_what_to_do(app: Flask, console: Console) -> None:
    page = send(console.pages, GOOD.ljust(1_000) + ("\n" + " " * 999) * (MOST_BYTES // 1_000 - 1))
    assert (page.status, page.path.startswith(f"{IMPORT}/")) == (200, True)
    for size in (MOST_BYTES + 1, MOST_BYTES + 200_000):
        page = send(console.pages, b"x" * size)
        assert (page.status in {413, 422}, "larger than 10 MB. Split it" in page.text) == (True, True)
    # Nobody is known who sends no cookie: nothing is kept of theirs.
    stranger = app.test_client()
    body = {"file": (io.BytesIO(b"x" * 100_000), "x")}
    answer = stranger.post(IMPORT, data=body, content_type="multipart/form-data", headers=OWN)
    assert answer.status_code in {303, 413}
    assert (answer.headers.get("Location", "too-large")).endswith("too-large")


def test_third_large_body_at_once_is_asked_to_come_again() -> None:
    large = LargeBodies({"/import": 200_000}, {}, lambda environ: "HTTP_COOKIE" in environ)
    behind = Behind()
    behind.bounded = BoundedRequests(behind._answer, None, lambda _environ, _code: "r", large=large)

    def call(**more: str) -> int:
        body = {"wsgi.input": io.BytesIO(b"a" * 100_000), "CONTENT_LENGTH": "100000"}
        return behind.call("/import", "POST", **body, **more).status

    assert (call(), call(HTTP_COOKIE="x")) == (413, 200)
    held = [
        large.enter(
            {
                "PATH_INFO": "/import",
                "REQUEST_METHOD": "POST",
                "CONTENT_LENGTH": "100000",
                "HTTP_COOKIE": "x",
            },
            65_536,
        )
        for _ in range(2)
    ]
    assert (held, call(HTTP_COOKIE="x")) == ([True, True], 503)
    large.leave()
    assert [call(HTTP_COOKIE="x") for _ in range(3)] == [200] * 3
