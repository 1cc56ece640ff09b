"""How the reference is divided: each part takes up what the description marks with certain tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Division:
    """One part. `name` is the last piece of its address; `about` one sentence on what is in it."""

    name: str
    title: str
    about: str
    tags: tuple[str, ...]


DIVISIONS: Final = (
    Division(
        "signing-in",
        "Signing in and renewing",
        "From a password or passkey to a token, from one token to the next, and out again.",
        ("signin", "passkey_sign_in", "joining"),
    ),
    Division(
        "profile",
        "Profile, address and proof",
        "Who somebody is, how they are reached, and the proof that sensitive changes ask for.",
        ("profile", "addresses"),
    ),
    Division(
        "sessions",
        "Sessions and devices",
        "Where somebody is signed in, where they were before, and how to end it.",
        ("sessions", "devices"),
    ),
    Division(
        "factors",
        "Second factors and passkeys",
        "Authenticator apps, passkeys and recovery codes: made, renamed, taken away.",
        ("factors", "passkeys"),
    ),
    Division(
        "activity",
        "Activity and leaving",
        "What happened to an account, a copy of all that is kept, and the way out.",
        ("activity", "departure"),
    ),
    Division(
        "services",
        "For services and proxies",
        "Whether a token is good, whom it speaks for, and how to make it worthless at once.",
        ("tokens", "verify"),
    ),
    Division(
        "connections",
        "Connections",
        "Calls to third-party services, with a key that no caller sees.",
        ("connections", "calls"),
    ),
    Division(
        "connection-admin",
        "Administering connections",
        "Which services there are, who may call them, and the keys they take.",
        ("admin_connections",),
    ),
)


def division_of(tag: str) -> Division:
    """The part that takes up this tag; one of its own for a tag that none names."""
    for division in DIVISIONS:
        if tag in division.tags:
            return division
    words = tag.replace("_", " ").strip() or "other"
    return Division(words.replace(" ", "-"), words.capitalize(), "", (tag,))
