"""The table of docs/reliability.md, made from the figures that the faults have left.

    .venv/bin/python -m tests.faults.load.table instance/faults.jsonl

puts the newest figure of each fault between the marks of the document.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
_HEAD = (
    "| fault | where | reads: good, at once, of | changes: good, at once, of | signed out | lost | revived | "
    "recovery | longest silence | slowest read, change |"
)


def newest(lines: list[str]) -> list[dict[str, Any]]:
    """The last figure of each fault, in the order in which the faults first stand there."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        each = json.loads(line)
        found[each["place"], each["fault"]] = each
    return sorted(found.values(), key=lambda each: str(each["place"]))


def make_table(figures: list[dict[str, Any]]) -> str:
    """Markdown, a row for each figure; one that was not good enough says so."""
    columns = _HEAD.count("|") - 1
    return "\n".join([_HEAD, "|" + " --- |" * columns, *map(_row, figures)])


def _row(each: dict[str, Any]) -> str:
    fault = each["fault"] + (" **(not met)**" if each["complaints"] else "")
    cells = [
        fault,
        each["place"],
        _count(each["reads"]),
        _count(each["changes"]),
        *(each[name] for name in ("signed_out", "lost", "revived")),
        *(f"{each[name]:.1f} s" for name in ("recovery", "silence")),
        f"{each['slowest_read']:.1f} s, {each['slowest_change']:.1f} s",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _count(count: dict[str, int]) -> str:
    return f"{count['good']}, {count['at_once']}, {count['acts']}"


def put_in(document: str, table: str) -> str:
    """The document with this table between its marks. Raises ValueError where they are missing."""
    before, found, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError("the document has no place for the figures")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


if __name__ == "__main__":
    figures = newest(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    DOCUMENT.write_text(put_in(DOCUMENT.read_text(encoding="utf-8"), make_table(figures)), encoding="utf-8")
