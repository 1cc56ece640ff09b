"""Keeps the key of a connection out of what its service answers, in whatever piece of it a form of the key stands.

What is masked keeps its length, so that a Content-Length stays true. No form can survive a cut between two pieces: of
the last word of a piece as much is held back as could be part of one, until more has come. That goes by the length of
the forms and not by their letters: whoever has a service answer with guesses would read the key from what is held back.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

_STAR: Final = b"*"
# Every form is made of these: visible ASCII, and the NULs of UTF-16. Whatever else comes ends a word.
_OF_WORDS: Final = bytes([0, *range(0x21, 0x7F)])
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_VISIBLE: Final = frozenset(map(chr, range(0x21, 0x7F)))
# Characters that may stay as they are: RFC 3986's unreserved alone; as encodeURIComponent, encodeURI, Python's quote
# and Go's PathEscape have it; all but those that the URL standard encodes in a query, and in a path.
_LEFT_BY_QUOTING: Final = (
    *("", "!'()*", ";/?:@&=+$,#!'()*", "/", "$&+:=@"),
    *("".join(sorted(_VISIBLE - frozenset(encoded))) for encoded in ("\"#<>'", '"#<>', '"#<>?^`{}')),
)
# Shorter than this, the part of base64 that is the key's alone would be found everywhere.
_SHORTEST_CORE: Final = 8
# Of what may stand in a key, JSON has to escape two characters; PHP, Go and .NET escape more.
_JSON: Final = {'"': '\\"', "\\": "\\\\"}
_JSON_HABITS: Final = tuple(
    str.maketrans({**_JSON, **habit})
    for habit in (
        {},
        {"/": "\\/"},
        {each: f"\\u{ord(each):04x}" for each in "<>&='"},
        {each: f"\\u{ord(each):04x}" for each in "<>&"},
        {each: f"\\u{ord(each):04x}" for each in "\"&'+<>`"},
    )
)
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_HTML_HABITS: Final = tuple(
    str.maketrans({**_HTML, **habit})
    for habit in (
        {},
        {'"': "&quot;", "'": "&#x27;"},
        {'"': "&quot;", "'": "&#39;"},
        {'"': "&#34;", "'": "&#39;"},
        {'"': "&#34;", "'": "&#39;", "+": "&#43;"},
        {'"': "&quot;", "'": "&#x27;", "+": "&#x2B;"},
        {'"': "&quot;", "'": "&#x27;", "/": "&#x2F;"},
        {'"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"},
        {'"': "&quot;", "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;"},
        {'"': "&quot;", "'": "&apos;"},
    )
)


class Mask:
    """Masks one text that arrives in pieces. Case is ignored: hexadecimal digits have two, and some echo in capitals.

    `masked` counts the places where a form stood.
    """

    def __init__(self, forms: Iterable[bytes]) -> None:
        self._forms = sorted({form.lower() for form in forms if form}, key=len, reverse=True)
        self._most_held = max(map(len, self._forms), default=1) - 1
        # As it came, in lower case, and as it goes out: the end that may be part of a form.
        self._held, self._shown = b"", bytearray()
        self.masked = 0

    def feed(self, piece: bytes) -> bytes:
        """What of the text so far is sure; it may be nothing."""
        self._held += piece.lower()
        self._shown += piece
        for form in self._forms:
            self._cover(form, len(self._held) - len(piece))
        end = self._held[-self._most_held :] if self._most_held else b""
        sure = len(self._held) - len(end) + len(end.rstrip(_OF_WORDS))
        given, self._held = bytes(self._shown[:sure]), self._held[sure:]
        del self._shown[:sure]
        return given

    def finish(self) -> bytes:
        """The end that was held back and turned out to be part of nothing."""
        given, self._held = bytes(self._shown), b""
        self._shown.clear()
        return given

    def _cover(self, form: bytes, known: int) -> None:
        """Put stars over each place where the form stands and that ends in what has just come, overlapping or not."""
        place = self._held.find(form, max(0, known - len(form) + 1))
        covered = 0
        while place >= 0:
            first, end = max(place, covered), place + len(form)
            if self._shown[place:end].strip(_STAR):
                self.masked += 1
            self._shown[first:end] = _STAR * (end - first)
            covered = end
            place = self._held.find(form, place + 1)


def mask_text(forms: Iterable[bytes], text: str) -> str:
    """A whole text, such as the value of a header."""
    mask = Mask(forms)
    encoded = text.encode("utf-8", "surrogatepass")
    return (mask.feed(encoded) + mask.finish()).decode("utf-8", "surrogatepass")


def forms_of(key: str, user: str | None = None) -> frozenset[bytes]:
    """Every way in which a service might give back the key, or `user:key` where that is what it was sent."""
    escaped = [key.encode().hex(), *(key.translate(habit) for habit in (*_JSON_HABITS, *_HTML_HABITS))]
    found = {each.encode() for each in (key, *_quoted(key), *escaped)}
    encoded = {b64encode(key.encode()).rstrip(b"="), *_cores(key.encode())}
    if user is not None:
        encoded.add(b64encode(f"{user}:{key}".encode()).rstrip(b"="))
    # In a text of two bytes to a character nobody would find it otherwise.
    wide = {key.encode("utf-16-le"), key.encode("utf-16-be")}
    return frozenset(found | encoded | {each.translate(_URL_SAFE) for each in encoded} | wide)


def _quoted(key: str) -> Iterable[str]:
    yield from (quote(key, safe=left) for left in _LEFT_BY_QUOTING)
    # As forms are sent (WHATWG URL, application/x-www-form-urlencoded), and with every character encoded.
    yield quote(key, safe="*").replace("~", "%7E")
    yield "".join(f"%{ord(each):02X}" for each in key)


def _cores(key: bytes) -> Iterable[bytes]:
    """What base64 makes of the key wherever in a longer text it stands: the characters that it alone decides."""
    for before in range(3):
        encoded = b64encode(bytes(before) + key)
        # Six bits to a character: the first whole one after what came before, and the last that the key fills.
        first, last = -(-before * 8 // 6), (before + len(key)) * 8 // 6
        if last - first >= _SHORTEST_CORE:
            yield encoded[first:last]
