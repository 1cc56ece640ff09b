"""Copies that are made while they are sent: CSV for people, JSON Lines for programs, one at a time for each person."""

from __future__ import annotations

import csv
import io
import json
import logging
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakValueDictionary

from webapp.core.errors import Problem
from webapp.core.spreadsheets import harmless
from webapp.infra.database import unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.errors import SessionEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    AtWork = Callable[[], AbstractContextManager[Any]]
    Rows = list[dict[str, Any]]

Position = TypeVar("Position")

TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_SCOPE: Final = "admin:read"
# Without it, Excel reads UTF-8 as whatever the computer is set to. Programs that mind it have JSON Lines.
_BYTE_ORDER_MARK = "\ufeff"
_INCOMPLETE = "INCOMPLETE: the export broke off here. What is above is right; export again for the rest."
_log = logging.getLogger("latchkey.exports")


class ExportUnderWay(Problem):
    """Somebody who is taking another copy at this moment."""

    code = "export_under_way"
    status = 409
    message = "Another export of yours is under way. Wait until it has arrived, or stop it in the browser."


class ReaderGone(Exception):
    """Whoever takes the copy was locked, signed out or lost the right to read while it was sent."""


class Place:
    """Held by whoever is served; it is free again when nobody holds it."""


# A reader who stops reading holds a thread of the server: one each, in each of its processes.
_places: WeakValueDictionary[str, Place] = WeakValueDictionary()


def take_place(actor_id: str) -> Place:
    """Theirs for as long as it is held. Raises ExportUnderWay."""
    place = Place()
    if _places.setdefault(actor_id, place) is not place:
        raise ExportUnderWay
    return place


def require_reader(session_id: str | None) -> None:
    """A copy that is sent piece by piece is for who may read still: the guard of the view has looked once.

    None is whoever runs a command. Raises ReaderGone.
    """
    if session_id is None:
        return
    try:
        may_read = _SCOPE in sessions.require_standing(session_id).scopes
    except SessionEnded:
        may_read = False
    if not may_read:
        raise ReaderGone


def read_in_batches(
    read: Callable[[Position], tuple[Rows, Position | None]],
    first: Position | None,
    *,
    what: str,
    session_id: str | None,
    at_work: AtWork,
    place: Place,
) -> Iterator[Rows | None]:
    """What `read` finds at each position, which says the next, None at the end; `what` it is, for the log.

    Each batch is a unit that reads and is over before its rows are sent: a slow reader holds no connection.

    None, at the end, is a failure. It is told in the file: the server ends the body of an answer that raises as if it
    were whole, and a file that only looked whole would be taken for one.
    """
    position = first
    try:
        while position is not None:
            with at_work(), unit_of_work(writes=False):
                require_reader(session_id)
                rows, position = read(position)
            # An empty piece would be the end of a chunked body (RFC 9112, section 7.1).
            if rows:
                yield rows
    except ReaderGone:
        _log.warning("An export of %s was ended: its reader may not read any more", what)
        yield None
    except Exception:  # noqa: BLE001 - whatever it was, the file must say that it is not whole
        _log.exception("An export of %s broke off", what)
        yield None
    finally:
        del place


def as_csv(columns: Sequence[str], batches: Iterator[Rows | None]) -> Iterator[bytes]:
    """RFC 4180. None among the batches is a failure, and the file says so."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(_BYTE_ORDER_MARK)
    writer.writerow(columns)
    yield text.getvalue().encode()
    for rows in batches:
        text.seek(0)
        text.truncate()
        if rows is None:
            writer.writerow([_INCOMPLETE])
        else:
            writer.writerows([cell_of(row[name]) for name in columns] for row in rows)
        yield text.getvalue().encode()


def as_json_lines(batches: Iterator[Rows | None]) -> Iterator[bytes]:
    """An object on each line. None among the batches is a failure, and the file says so."""
    for rows in batches:
        objects = [{"incomplete": _INCOMPLETE}] if rows is None else rows
        yield "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


def cell_of(value: object) -> object:
    """What stands in a cell: a text that a spreadsheet would run has an apostrophe before it."""
    if isinstance(value, dict):
        value = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    elif isinstance(value, list):
        value = " ".join(map(str, value))
    elif isinstance(value, bool):
        value = "true" if value else "false"
    return harmless(value) if isinstance(value, str) else value
