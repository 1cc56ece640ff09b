"""How somebody signed in, in words."""

from __future__ import annotations

from typing import Final

# `amr` values (RFC 8176) as sessions keep them; the others say nothing that these do not.
_WORDS: Final = {"pwd": "a password", "otp": "a code", "hwk": "a passkey", "swk": "a passkey"}


def methods_in_words(methods: str) -> str:
    """Such as "a password and a code"."""
    words = dict.fromkeys(_WORDS[each] for each in methods.split() if each in _WORDS)
    return " and ".join(words) or "another way"
