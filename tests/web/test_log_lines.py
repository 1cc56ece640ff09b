"""Log lines: one object each, with the request's id, and no input can forge another."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from webapp.config import Settings
from webapp.core.origin import Origin, set_origin
from webapp.web.logs import JsonLines, ReadableLines, set_up_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

FORGED = 'x\r\n{"level": "ERROR", "message": "forged"}\n\x1b[31m\u2028\x85'


@pytest.fixture(autouse=True)
def origin() -> Iterator[None]:
    set_origin(Origin("request", "request-0001", "192.0.2.1"))
    yield
    set_origin(Origin("command"))


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("latchkey.web", logging.WARNING, "file", 1, message, arguments, None)
    made.__dict__.update(extra)
    return made


def test_line_tells_time_level_and_where_it_came_from() -> None:
    line = json.loads(JsonLines().format(record("refused %d", 3, code="busy", count=3)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "latchkey.web",
        "message": "refused 3",
        "request_id": "request-0001",
        "address": "192.0.2.1",
        "code": "busy",
        "count": 3,
    }


@pytest.mark.parametrize("formatter", [JsonLines(), ReadableLines()], ids=["json", "readable"])
def test_line_breaks_of_an_input_make_no_second_line(formatter: logging.Formatter) -> None:
    set_origin(Origin("request", "request-0001", FORGED))
    text = formatter.format(record("said %s", FORGED, route=FORGED))
    assert "\n" not in text
    assert "\r" not in text


def test_extra_that_nobody_allowed_is_not_written() -> None:
    text = JsonLines().format(record("x", password="canary", token="canary", request="canary"))
    assert "canary" not in text


@pytest.mark.parametrize("value", ["\ud800", "\x00", object(), b"\xff", {"a": {1}}, float("nan")])
def test_odd_values_make_a_line_too(value: Any) -> None:
    text = JsonLines().format(record("x %s", value, detail=value, result=value))
    assert json.loads(text)["message"].startswith("x ")


def test_work_of_a_command_carries_no_request_id() -> None:
    set_origin(Origin("command"))
    assert "request_id" not in json.loads(JsonLines().format(record("x")))
    assert "request" not in ReadableLines().format(record("x"))


def test_failure_carries_its_traceback_in_the_same_line() -> None:
    failed = record("failed")
    with pytest.raises(ValueError, match="x") as caught:
        int(FORGED)
    failed.exc_info = (caught.type, caught.value, caught.tb)
    text = JsonLines().format(failed)
    assert "ValueError" in json.loads(text)["traceback"]
    assert "\n" not in text
    assert "Traceback" in ReadableLines().format(failed)


def test_log_of_a_second_application_does_not_double_the_lines(app: Flask) -> None:
    settings = app.extensions["latchkey"].get(Settings)
    set_up_logging(settings)
    set_up_logging(settings)
    handlers = [each for each in logging.getLogger().handlers if getattr(each, "is_latchkey", False)]
    assert len(handlers) == 1
