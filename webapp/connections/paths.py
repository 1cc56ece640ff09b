"""Which paths of a service may be called, and how path and query are written for it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_plus

from webapp.connections.errors import CallNotAllowed, ParameterNotAllowed
from webapp.core.errors import MalformedRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of RFC 3986's pchar; a percent sign, a question mark or a hash in a decoded path is a letter like any other.
_LEFT_IN_PATHS: Final = "/:@!$&'()*+,;=~"
# Some servers drop what follows a semicolon or, on Windows, spaces, and see a dot segment in `..;x` and `.. `.
_HIDDEN_DOTS: Final = re.compile(r"/\s*\.{1,2}\s*(?:;[^/]*)?(?:/|\Z)")
# A list begins, or a text of C's ends.
_NAME_ENDS: Final = re.compile(r"[\[\x00]")
_QUERY: Final = re.compile(r"[\x21\x22\x24-\x7e]*")


def require_path(path: str, patterns: Iterable[str]) -> None:
    """Refuse what no pattern allows, and what a service might read as another path. Raises CallNotAllowed."""
    folded = unicodedata.normalize("NFKC", path)
    is_ambiguous = (
        _HIDDEN_DOTS.search(path)
        # Some servers look for the closest letter: a dot or a slash of full width becomes one.
        or (folded != path and (_HIDDEN_DOTS.search(folded) or folded.count("/") != path.count("/")))
        or "\\" in folded
    )
    if is_ambiguous or not any(is_match(pattern, path) for pattern in patterns):
        raise CallNotAllowed


def is_match(pattern: str, path: str) -> bool:
    """Whether the whole path fits. `*` stands for any text, slashes included; case matters.

    In one pass: a regular expression with many stars would take a hostile path's square of time, and more.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    *middle, last = rest
    if not path.startswith(first) or len(path) < len(first) + len(last) or not path.endswith(last):
        return False
    place, end = len(first), len(path) - len(last)
    for piece in middle:
        found = path.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def write_target(base_path: str, path: str, query: str, parameter: tuple[str, str] | None) -> bytes:
    """Path and query as they are sent: the path encoded anew, the query as it came, then the key's parameter.

    Raises MalformedRequest, ParameterNotAllowed.
    """
    if not _QUERY.fullmatch(query):
        raise MalformedRequest("The query holds characters that have to be percent-encoded.")
    if parameter is not None:
        if _names_parameter(query, parameter[0]):
            raise ParameterNotAllowed
        added = f"{quote(parameter[0], safe='')}={parameter[1]}"
        query = f"{query}&{added}" if query else added
    written = base_path.rstrip("/") + quote(path, safe=_LEFT_IN_PATHS)
    return f"{written}?{query}".encode("ascii") if query else written.encode("ascii")


def _names_parameter(query: str, name: str) -> bool:
    """Whether any parameter could be taken for the key's: in other case, encoded, as a list, after a semicolon."""
    wanted = _folded(name)
    for pair in re.split("[&;]", query):
        # Some decode a name twice.
        given = unquote_plus(unquote_plus(pair.partition("=")[0]))
        if wanted in {_folded(given), _folded(_NAME_ENDS.split(given)[0])}:
            return True
    return False


def _folded(name: str) -> str:
    """As the most careless reader takes it: no case, nothing invisible, and PHP's one letter for dot and space."""
    seen = "".join(each for each in name if unicodedata.category(each)[0] != "C")
    plain = unicodedata.normalize("NFKC", seen).casefold().strip(" ?")
    return re.sub("[ .-]", "_", plain)
