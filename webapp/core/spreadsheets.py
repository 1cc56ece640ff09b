"""Cells that a spreadsheet takes for formulas: made harmless on the way out, and read back as they were."""

from __future__ import annotations

from typing import Final

# What a spreadsheet takes for a formula when a cell begins with it; the last four are the wide forms of the first.
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def harmless(text: str) -> str:
    """With an apostrophe before it where a spreadsheet would run it as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_meant(cell: str) -> str:
    """Without the apostrophe that `harmless` put before it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
