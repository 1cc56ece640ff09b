"""The file of an import as its job keeps it: read through once when it is sent, and cut into pieces of records."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from webapp.accounts.import_records import ImportUnreadable, Record, is_array, read_records
from webapp.accounts.names import username_key
from webapp.core.errors import Problem
from webapp.infra.job_files import add_piece, read_piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_BYTES: Final = 10_000_000
MOST_RECORDS: Final = 200_000
PIECE: Final = 500
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_YES: Final = frozenset({"true", "yes", "1"})


class ImportTooLong(Problem):
    """More than one import may hold."""

    code = "import_too_long"
    status = 422
    message = (
        f"An import takes at most {MOST_RECORDS:,} accounts. Split the file, or run `flask accounts import` on the "
        "server, which takes any number."
    )


@dataclass(frozen=True, slots=True)
class ImportFile:
    """`unit` is what its records are counted by: lines, or the entries of a JSON array."""

    unit: str
    total: int
    pieces: Sequence[bytes]

    def keep(self, job_id: str) -> None:
        """Store the pieces with the job, sealed."""
        for number, body in enumerate(self.pieces, 1):
            add_piece(job_id, number, body)


def read_file(data: bytes) -> ImportFile:
    """Raises ImportUnreadable, which names the line where one is to blame, and ImportTooLong."""
    unit = "entry" if is_array(_require_text(data)) else "line"
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    records = _without_twins(read_records(text, needs_hashes=False), unit)
    pieces, total = [], 0
    while batch := list(islice(records, PIECE)):
        total += len(batch)
        if total > MOST_RECORDS:
            raise ImportTooLong
        rows = [[each.number, each.fault, each.values] for each in batch]
        pieces.append(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())
    if not total:
        raise ImportUnreadable("There are no accounts in it, only the first line with the columns.")
    return ImportFile(unit, total, pieces)


def read_batch(job_id: str, position: int, most: int) -> list[Record]:
    """So many records from there on, as far as they lie in one piece. Raises SealBroken."""
    rows = json.loads(read_piece(job_id, position // PIECE + 1))
    begin = position % PIECE
    return [Record(number, values, fault) for number, fault, values in rows[begin : begin + most]]


def _require_text(data: bytes) -> str:
    """How it begins. Raises ImportUnreadable for what is not UTF-8."""
    if data.startswith(_UTF_16):
        raise ImportUnreadable("The file is in UTF-16. Save it as UTF-8, and send it again.")
    try:
        return data.decode("utf-8-sig")[:10_000]
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise ImportUnreadable(
            f"Line {line} is not text in UTF-8. Save the file as UTF-8, and send it again."
        ) from None


def _without_twins(records: Iterable[Record], unit: str) -> Iterator[Record]:
    """Names, and verified addresses, that come twice are the fault of the later one."""
    names: dict[str, int] = {}
    addresses: dict[str, int] = {}
    for each in records:
        name = username_key(each.values.get("username", ""))
        address = each.values.get("email", "").strip().lower()
        is_verified = each.values.get("email_verified", "").strip().lower() in _YES
        earlier = names.setdefault(name, each.number) if name else each.number
        of_address = addresses.setdefault(address, each.number) if is_verified and address else each.number
        if earlier != each.number:
            yield replace(each, fault=f"This username is on {unit} {earlier:,} already.")
        elif of_address != each.number:
            yield replace(each, fault=f"The verified address is on {unit} {of_address:,} already.")
        else:
            yield each
