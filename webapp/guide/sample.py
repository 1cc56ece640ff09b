"""A token for readers who have none: everything in it is as this server would write it, and nobody ever signed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from webapp.core import clock
from webapp.guide.claims import MOMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.guide.facts import Facts

_SIGNED_IN_BEFORE: Final = timedelta(minutes=40)
# In characters of base64url: 64 bytes of either curve, 384 of an RSA key of 3072 bits.
_SIGNATURE_LENGTHS: Final = {"ES256": 86, "EdDSA": 86, "RS256": 512, "PS256": 512}
_NAMES: Final = {
    "kid": "q7hm4zt2wkcd5xvaj3ury6pbne",
    "sub": "w4x2kqz7tnd3hyu6bxv5celm3q",
    "sid": "h5ot2rjx7zqk3wmvd4ycgnb6ua",
    "jti": "zk3v6pdyq2htm7xw4cnbr5ugja",
    "jkt": "mXz1 kQ0v R7aB 3dWe 9sTy UnLp 4cHg 6FjK oI2m E5Nw rA8",
}
_SIGNATURE_START: Final = "pT3x_0Zw"


@dataclass(frozen=True, slots=True)
class SampleToken:
    """The decoded parts as texts, by their names; for moments also the same in words."""

    values: Mapping[str, str]
    moments: Mapping[str, str]
    signature_start: str
    signature_rest: int


def make_sample(facts: Facts) -> SampleToken:
    """A token that was issued this minute, to somebody who has renewed twice since they signed in."""
    issued_at = clock.now().replace(second=0, microsecond=0)
    moments = {
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + facts.access_lifetime,
        "auth_time": issued_at - _SIGNED_IN_BEFORE,
    }
    values: dict[str, Any] = {
        "alg": facts.algorithm,
        "kid": _NAMES["kid"],
        "typ": facts.token_type,
        "iss": facts.issuer,
        "aud": facts.audience,
        "sub": _NAMES["sub"],
        "client_id": facts.client_id,
        "scope": "read:profile write:profile",
        "sid": _NAMES["sid"],
        "jti": _NAMES["jti"],
        "amr": "pwd otp mfa",
        "rtc": "3",
        "cnf": _NAMES["jkt"],
        **{name: str(int(moments[name].timestamp())) for name in MOMENTS},
    }
    return SampleToken(
        values=values,
        moments={name: _in_words(moments[name]) for name in MOMENTS},
        signature_start=_SIGNATURE_START,
        signature_rest=_SIGNATURE_LENGTHS[facts.algorithm] - len(_SIGNATURE_START),
    )


def _in_words(moment: datetime) -> str:
    local = moment.astimezone(UTC)
    return f"{local.day} {local:%b %Y, %H:%M:%S} UTC"
