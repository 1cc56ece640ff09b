"""What each part of an access token means, in a sentence, and the standard that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Explained:
    """One member of the header or one claim."""

    name: str
    sentence: str
    source: str


HEADER: Final = (
    Explained(
        "alg",
        "The algorithm of the signature. The key below allows this one and no other, whatever a token says here.",
        "RFC 7515, 4.1.1",
    ),
    Explained("kid", "Which of the published keys checks the signature.", "RFC 7515, 4.1.4"),
    Explained(
        "typ",
        "What kind of token this is, so that none of another kind passes for it.",
        "RFC 9068, 2.1",
    ),
)
CLAIMS: Final = (
    Explained("iss", "Who made the token: this server.", "RFC 7519, 4.1.1"),
    Explained("aud", "Whom it is for. An API that finds another name here refuses it.", "RFC 7519, 4.1.3"),
    Explained("sub", "The account, by an identifier that tells nobody a name.", "RFC 7519, 4.1.2"),
    Explained(
        "client_id",
        "The program that it was given to: the pages of this server.",
        "RFC 9068, 2.2",
    ),
    Explained(
        "scope",
        "What it allows. What the roles of the account no longer grant is refused all the same.",
        "RFC 9068, 2.2.3",
    ),
    Explained(
        "sid",
        "The session that it belongs to. When that ends, the token is worth nothing.",
        "OpenID Connect Front-Channel Logout, 3",
    ),
    Explained("jti", "Its own identifier, by which this one token can be revoked.", "RFC 7519, 4.1.7"),
    Explained("iat", "When it was made.", "RFC 7519, 4.1.6"),
    Explained("nbf", "It is not valid before this moment.", "RFC 7519, 4.1.5"),
    Explained(
        "exp", "It is not valid from this moment on: a stolen one is soon worthless.", "RFC 7519, 4.1.4"
    ),
    Explained("auth_time", "When the person last proved who they are.", "RFC 9068, 2.2.1"),
    Explained(
        "amr",
        "How they proved it: pwd is a password, otp a code, hwk or swk a passkey, mfa more than one thing.",
        "RFC 8176",
    ),
    Explained(
        "rtc",
        "Which refresh token of the chain it came with, so that a copied one is noticed.",
        "a claim of this server",
    ),
    Explained(
        "cnf",
        "The fingerprint of a key in this browser. Without it, and no script can read it out, the token is useless.",
        "RFC 9449, 6.1",
    ),
)
MOMENTS: Final = ("iat", "nbf", "exp", "auth_time")
