"""The lines of an import as they are written, before anybody asks whether they can be stored: CSV, JSON Lines, JSON."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from webapp.core.errors import Problem
from webapp.core.spreadsheets import as_meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REQUIRED: Final = ("username", "email")
HASH: Final = "password_hash"
OPTIONAL: Final = ("display_name", "email_verified", "roles", "locked_at", "lock_reason")
KNOWN: Final = (*REQUIRED, HASH, *OPTIONAL)
# What an export has besides. An import makes these itself.
PASSED_OVER: Final = frozenset({"id", "state", "second_factor", "created_at", "last_signed_in_at"})
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_LONGEST_NAME: Final = 40
_LONGEST_VALUE: Final = 1_000


class ImportUnreadable(Problem):
    """The file is no CSV with the columns that an import needs, and no JSON either."""

    code = "import_unreadable"
    status = 422
    message = "This is not a CSV file with the columns username, email and password_hash."


@dataclass(frozen=True, slots=True)
class Record:
    """What is written on a line under each name, or the fault that keeps it from being read.

    `number` is the line; in a JSON array, which may be all on one line, the place of the entry. A name that is not
    there was left out, be it a column or a key.
    """

    number: int
    values: dict[str, str] = field(default_factory=dict, repr=False)
    fault: str = ""


def read_records(lines: Iterable[str], *, needs_hashes: bool = True) -> Iterator[Record]:
    """Every record, in order; what the text begins with tells what it is. Raises ImportUnreadable.

    `needs_hashes`: a table has to have the column password_hash.
    """
    source = iter(lines)
    for blank, line in enumerate(source):
        text = line.lstrip("\ufeff")
        if text.strip():
            whole = chain([text], source)
            if text.lstrip().startswith("["):
                return _read_array("\n" * blank + "".join(whole))
            if text.lstrip().startswith("{"):
                return _read_lines(whole, blank)
            return _read_table(whole, blank, needs_hashes=needs_hashes)
    return _read_table([], 0, needs_hashes=needs_hashes)


def is_array(text: str) -> bool:
    """Whether entries are counted instead of lines."""
    return text[:10_000].lstrip("\ufeff \t\r\n").startswith("[")


def _read_table(lines: Iterable[str], before: int, *, needs_hashes: bool) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error:
        raise ImportUnreadable from None
    _require_columns(header, needs_hashes=needs_hashes)
    while True:
        begin = before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            # From here on the columns cannot be told apart any more.
            raise ImportUnreadable(f"Line {begin} is not CSV: {fault}.") from None
        number = before + reader.line_num
        if len(cells) != len(header) and any(map(str.strip, cells)):
            yield Record(
                number,
                fault=f"It has {len(cells)} values, and the first line names {len(header)} columns.",
            )
        elif any(map(str.strip, cells)):
            yield _sound(number, dict(zip(header, map(as_meant, cells), strict=True)))


def _read_lines(lines: Iterable[str], before: int) -> Iterator[Record]:
    for number, line in enumerate(lines, before + 1):
        if line.strip():
            try:
                found = json.loads(line, parse_int=str, parse_float=str)
            except (ValueError, RecursionError):
                yield Record(number, fault="It is not JSON.")
            else:
                yield _from_object(number, found)


def _read_array(text: str) -> Iterator[Record]:
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    place, number = _after_space(text, 0) + 1, 0
    while True:
        place = _after_space(text, place)
        if text.startswith("]", place):
            place = _after_space(text, place + 1)
            if place < len(text):
                raise _broken_at(text, place)
            return
        if number:
            if not text.startswith(",", place):
                raise _broken_at(text, place)
            place = _after_space(text, place + 1)
        number += 1
        try:
            found, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as fault:
            raise _broken_at(text, fault.pos) from None
        except (ValueError, RecursionError):
            raise _broken_at(text, place) from None
        yield _from_object(number, found)


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _broken_at(text: str, place: int) -> ImportUnreadable:
    line = text.count("\n", 0, min(place, len(text))) + 1
    what = "The file ends there, before its last bracket" if place >= len(text.rstrip()) else "It is not JSON"
    return ImportUnreadable(f"Line {line} cannot be read. {what}.")


def _from_object(number: int, found: Any) -> Record:
    if not isinstance(found, dict):
        return Record(number, fault="It is not a JSON object with username and email.")
    values = {}
    for name, value in found.items():
        if name not in KNOWN and name not in PASSED_OVER:
            return Record(number, fault=f"The name {_shown(name)} is not known.")
        text = _text_of(value)
        if text is None:
            return Record(number, fault=f"Write a text into {name}.")
        if value is not None:
            values[name] = text
    return _sound(number, values)


def _text_of(value: Any) -> str | None:
    """As a cell would have it; None for what no cell holds."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(value)
    return value if isinstance(value, str) else None


def _sound(number: int, values: dict[str, str]) -> Record:
    """Without what no database holds."""
    for name, value in values.items():
        if len(value) > _LONGEST_VALUE:
            return Record(number, fault=f"What stands in {name} is too long.")
        if "\x00" in value:
            return Record(number, fault="Leave out the invisible character.")
        if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
            return Record(number, fault="Leave out the broken character.")
    return Record(number, {name: value for name, value in values.items() if name in KNOWN})


def _require_columns(header: Sequence[str], *, needs_hashes: bool) -> None:
    needed = (*REQUIRED, HASH) if needs_hashes else REQUIRED
    missing = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in KNOWN and name not in PASSED_OVER]
    if missing:
        raise ImportUnreadable(f"The first line must name the columns; missing: {', '.join(missing)}.")
    if unknown:
        raise ImportUnreadable(
            f"These columns are not known: {', '.join(map(_shown, unknown[:5]))}. Known ones: {', '.join(KNOWN)}."
        )
    if len(set(header)) != len(header):
        raise ImportUnreadable("The first line names a column twice.")


def _shown(name: str) -> str:
    return name[:_LONGEST_NAME].encode(errors="replace").decode()
