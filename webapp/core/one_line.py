"""The rule for what people write on one line to be shown to others: names, descriptions."""

from __future__ import annotations

import unicodedata
from typing import Final

from webapp.core.errors import InvalidInput

# Control, direction and format characters could disguise a name, or make it look like another.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Holds an emoji of several together, and letters of Persian and of Indian scripts.
_JOINER: Final = "\u200d"


def require_one_line(value: str, field: str, *, most: int, empty: str, may_join: bool = False) -> str:
    """The text with single spaces, in Unicode form NFC; `may_join` lets the joiner of emoji and letters stand in it.

    Raises InvalidInput about `field`: with the sentence `empty` where nothing can be seen, beyond `most` characters,
    and where something in it is invisible.
    """
    text = " ".join(unicodedata.normalize("NFC", value).split())
    plain = text.replace(_JOINER, "") if may_join else text
    if not plain.strip():
        raise InvalidInput(fields={field: empty})
    if len(text) > most:
        raise InvalidInput(fields={field: f"Use at most {most} characters."})
    if any(unicodedata.category(each) in _INVISIBLE for each in plain):
        raise InvalidInput(fields={field: "Leave out invisible and control characters."})
    return text
