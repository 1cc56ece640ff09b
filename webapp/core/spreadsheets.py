"""Cells that a spreadsheet takes for formulas: made harmless on the way out, and read back as they were."""

from __future__ import annotations

import re
from typing import Final

# What a spreadsheet takes for a formula when a cell begins with it; the wide forms of the first four beside them.
_SIGNS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20"
# A cell begins where the text does, and where a spreadsheet that does not separate by commas thinks that it does: there
# a quotation mark opens a cell only at its beginning, and holds no line together that began without one.
_BEFORE: Final = re.compile(rf"^(?='*[{_SIGNS}\t\r\n])|[;\t\r\n]\"*(?='*[{_SIGNS}])")
_MARKED: Final = re.compile(rf"^'(?='*[{_SIGNS}\t\r\n])|([;\t\r\n]\"*)'(?='*[{_SIGNS}])")


def harmless(text: str) -> str:
    """With an apostrophe before whatever a spreadsheet would run as a formula (OWASP, CSV injection)."""
    return _BEFORE.sub(r"\g<0>'", text)


def as_meant(cell: str) -> str:
    """Without the apostrophes that `harmless` put in."""
    return _MARKED.sub(lambda found: found[1] or "", cell)
