"""Time-based codes (RFC 6238) as every app makes them: SHA-1, six digits, steps of 30 seconds, a secret of 160 bits."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final, Protocol

import pyotp

from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Iterator

# 32 characters of base32 are the 160 bits that RFC 4226, section 4, recommends.
_SECRET_LENGTH: Final = 32
# RFC 6238, section 5.2: one step for the time a code travels, and as much for a clock that is ahead.
_TOLERANCE: Final = 1
_FORM = re.compile(r"[0-9]{6}")


class App(Protocol):
    """What is needed of an authenticator app's row."""

    @property
    def id(self) -> str: ...
    @property
    def secret(self) -> bytes: ...


def is_totp_code(plain: str) -> bool:
    """Whether a plain code (words.plain_code) has the form of one."""
    return _FORM.fullmatch(plain) is not None


def new_secret() -> str:
    """A secret in base32, as apps take it."""
    return pyotp.random_base32(_SECRET_LENGTH)


def seal_secret(secret: str, factor_id: str) -> bytes:
    """As it is stored: bound to its row."""
    return part(Sealer).seal(secret.encode("ascii"), context_of(factor_id))


def open_secret(app: App) -> str:
    """The secret of a row. Raises SealBroken."""
    return part(Sealer).unseal(app.secret, context_of(app.id)).decode("ascii")


def otpauth_uri(secret: str, issuer: str, username: str) -> str:
    """What an app reads from the picture: secret, and under which name to list it."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def matching_steps(secret: str, plain: str) -> Iterator[int]:
    """The time steps around the present one whose code this is, oldest first, whether or not they were used."""
    generator = pyotp.TOTP(secret)
    present = generator.timecode(clock.now())
    for step in range(present - _TOLERANCE, present + _TOLERANCE + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode("ascii"), plain.encode("utf-8")):
            yield step


def context_of(factor_id: str) -> str:
    """What the secret of this row is sealed for."""
    return f"totp_factors.secret {factor_id}"
