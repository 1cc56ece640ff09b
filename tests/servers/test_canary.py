"""The nets for the key of a connection: each catches it, in whatever form, and a catch fails the test that made it."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.connections.making import CANARY_KEY
from tests.servers.canary import AnswerNet, LogNet, find_in_log
from tests.servers.canary_run import NETS
from tests.servers.live import PROJECT_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


KEY = CANARY_KEY.encode()
FORMS = {
    "plain": KEY,
    "capitals": KEY.upper(),
    "base64": b64encode(KEY),
    "base64 with a user": b64encode(b"somebody:" + KEY),
    "base64 for URLs": b64encode(b"\xff\xfe" + KEY).replace(b"/", b"_").replace(b"+", b"-"),
    "percent": quote(CANARY_KEY, safe="").encode(),
    "all of it percent": "".join(f"%{each:02x}" for each in KEY).encode(),
    "hexadecimal": KEY.hex().encode(),
    "JSON": "".join(f"\\u{each:04X}" for each in KEY).encode(),
    "HTML": "".join(f"&#{each};" for each in KEY).encode(),
    "wide": CANARY_KEY.encode("utf-16"),
}
# What `python -m pytest` is given, with the nets alone.
CAUGHT = """
import logging
import pytest
from tests.connections.making import CANARY_KEY
from tests.servers.canary_run import NETS

@pytest.fixture
def late():
    yield
    NETS.tell("an answer that was closed late")

def test_log(): logging.getLogger("latchkey.x").warning("said %s", CANARY_KEY)
def test_print(): print(CANARY_KEY)
def test_answer(): NETS.tell("an answer")
def test_both(): NETS.tell("a test that failed"); assert None
def test_late(late): pass
def test_clean(): pass
"""


class Answer:
    """Pieces, and whether they were closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = list(pieces)
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        self.is_closed = True


def pass_through(answer: Iterable[bytes], *headers: tuple[str, str]) -> tuple[bytes, list[str]]:
    """What comes out of the net, and what it has told."""
    told: list[str] = []

    def application(environ: object, start_response: object) -> Iterable[bytes]:
        start_response("200 OK", list(headers))  # type: ignore[operator]
        return answer

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/a/{CANARY_KEY}"}
    passed = AnswerNet(application, told.append)(environ, lambda *_: lambda _content: None)
    body = b"".join(passed)
    if close := getattr(passed, "close", None):
        close()
    return body, told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cut", [1, 7, 500])
def test_key_in_the_pieces_of_an_answer_is_caught(form: str, cut: int) -> None:
    whole = b"x" * 300 + FORMS[form] + b"y" * 10
    answer = Answer(whole[place : place + cut] for place in range(0, len(whole), cut))
    body, told = pass_through(answer)
    assert (body, answer.is_closed) == (whole, True)
    assert set(told) == {f"the body of the answer to GET /a/{'*' * len(CANARY_KEY)}"}
    assert pass_through([whole])[1] == list(dict.fromkeys(told))


def test_answer_without_it_passes_and_one_with_it_in_its_head_does_not() -> None:
    assert pass_through([KEY[:-1], b"\x00" + KEY[-1:]], ("ETag", "x")) == (KEY[:-1] + b"\x00" + KEY[-1:], [])
    _, told = pass_through([b""], ("Location", f"/?key={quote(CANARY_KEY)}"))
    assert [each.partition(" of ")[0] for each in told] == ["the head"]


def test_key_in_a_record_of_the_log_is_caught() -> None:
    told: list[str] = []
    log = logging.getLogger("latchkey.canary")
    log.propagate = False
    log.addHandler(LogNet(told.append))
    log.warning("said %s", b64encode(KEY).decode())
    log.warning("said nothing", extra={"route": CANARY_KEY})
    try:
        int(CANARY_KEY)
    except ValueError:
        log.exception("failed")
    log.warning("said %s", "nothing")
    assert [each.split(":")[0] for each in told] == [
        "a record of the log latchkey.canary, from test_canary.py"
    ] * 3
    assert CANARY_KEY not in "".join(told)


def test_new_lines_in_the_log_of_a_server_are_looked_at(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    NETS.follow(log)
    log.write_text("started\n")
    assert NETS.look_after_test() == []
    log.write_text("started\ncanary: the body of the answer to GET /x\nand went on\n")
    assert NETS.look_after_test() == ["the body of the answer to GET /x"]
    NETS.leave(log, tmp_path / "instance", None)
    assert find_in_log(FORMS["all of it percent"]) == ["the log of a running server"]


def test_catch_fails_the_test_that_made_it_and_prints_no_key(tmp_path: Path) -> None:
    file = tmp_path / "test_caught.py"
    file.write_text(CAUGHT)
    options = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "tests.servers.canary_run")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-c", "/dev/null", "--rootdir", str(tmp_path), str(file)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert re.findall(r"^(FAILED|ERROR) .*::(\w+)", done.stdout, re.MULTILINE) == [
        *(("FAILED", f"test_{each}") for each in ("log", "print", "answer", "both")),
        *(("ERROR", f"test_{each}") for each in ("both", "late")),
    ], done.stdout
    assert ("2 passed" in done.stdout, CANARY_KEY in done.stdout + done.stderr) == (True, False)
    assert "the key of a connection stands in: what was printed" in done.stdout
