"""The log: one line for each thing worth telling, as JSON in production and readable while developing."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webapp.core.origin import current_origin

if TYPE_CHECKING:
    from webapp.config import Settings

# Only these extras are written: a field nobody thought of cannot leak.
_EXTRAS = (
    "event",
    "result",
    "account",
    "actor",
    "session",
    "route",
    "method",
    "status",
    "code",
    "milliseconds",
    "count",
)


# PostgreSQL names the offending row, values and all, in a line of its own.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|PARAMETERS):.*$", re.MULTILINE)


def _without_values(trace: str) -> str:
    return _DETAIL.sub(r"\1: (left out)", trace)


class JsonLines(logging.Formatter):
    """One JSON object a line, in UTC; line breaks within a value are escaped, so that no input can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its request id."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        origin = current_origin()
        if origin.via == "request":
            line |= {"request_id": origin.request_id, "address": origin.address}
        line |= {name: getattr(record, name) for name in _EXTRAS if getattr(record, name, None) is not None}
        if record.exc_info:
            line["traceback"] = _without_values(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class ReadableLines(logging.Formatter):
    """For a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Level, message, request id."""
        text = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        origin = current_origin()
        suffix = f" (request {origin.request_id})" if origin.via == "request" else ""
        trace = "\n" + _without_values(self.formatException(record.exc_info)) if record.exc_info else ""
        return f"{record.levelname.lower()}: {text}{suffix}{trace}"


def set_up_logging(settings: Settings) -> None:
    """Send the log to standard error. Safe to call again for another application of the same process."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if getattr(each, "is_latchkey", False)]:
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.is_latchkey = True  # type: ignore[attr-defined]
    handler.setFormatter(JsonLines() if settings.log_json else ReadableLines())
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    # Libraries narrate; what they say below a warning is not for operators.
    for name in ("alembic", "flask_limiter", "sqlalchemy", "urllib3", "werkzeug"):
        logging.getLogger(name).setLevel(logging.WARNING)
