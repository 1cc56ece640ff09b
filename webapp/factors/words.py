"""What people write and read: names of factors, codes however they are typed, codes in groups."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from webapp.core.one_line import require_one_line

if TYPE_CHECKING:
    from collections.abc import Container

LONGEST_NAME: Final = 60
# An authenticator app whose owner gave it no name.
PLAIN_APP: Final = "Authenticator app"
# A recovery code in its groups is 26 characters; nobody types many more by accident.
_LONGEST_CODE: Final = 60
_LEFT_OUT = re.compile(r"[\s\-\u2010-\u2015\u2212]+")


def require_name(value: str) -> str:
    """A name to tell factors apart by, in any script. Raises InvalidInput."""
    empty = "Write a name, such as that of the phone."
    return require_one_line(value, "name", most=LONGEST_NAME, empty=empty, may_join=True)


def called(name: str) -> str:
    """The name, to go on "the authenticator app"; "" where it would say only that again."""
    return "" if name in {"", PLAIN_APP} else f" “{name}”"


def free_name(wanted: str, taken: Container[str]) -> str:
    """`wanted`, or with the first number that makes it another: "Authenticator app 2"."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def plain_code(typed: str) -> str:
    """A code without spaces and hyphens, in lower case, full-width digits as plain ones; "" for what is too long."""
    if len(typed) > _LONGEST_CODE:
        return ""
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", typed)).lower()


def in_groups(text: str, size: int, between: str) -> str:
    """`abcdefgh` as `abcd efgh`."""
    return between.join(text[start : start + size] for start in range(0, len(text), size))
