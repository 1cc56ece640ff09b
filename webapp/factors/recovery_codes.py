"""Recovery codes: for the day every other factor is lost. Each counts once; only digests are kept."""

from __future__ import annotations

import re
import secrets
from typing import Final

from webapp.core import clock
from webapp.core.opaque import digest_of, new_id
from webapp.factors import store
from webapp.factors.models import RecoveryCode
from webapp.factors.words import in_groups

HOW_MANY: Final = 10
# 23 characters of base32 hold 115 random bits: too many to guess, so that a plain digest keeps them safe.
_LENGTH: Final = 23
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_FORM = re.compile(f"[a-z2-7]{{{_LENGTH}}}")
_GROUP: Final = 6


def is_recovery_code(plain: str) -> bool:
    """Whether a plain code (words.plain_code) has the form of one."""
    return _FORM.fullmatch(plain) is not None


def make_codes(account_id: str) -> tuple[str, ...]:
    """Ten new codes, as they are shown, in place of all there were. They cannot be shown again."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    moment = clock.now()
    rows = [
        RecoveryCode(id=new_id(), account_id=account_id, code_digest=digest_of(each), created_at=moment)
        for each in codes
    ]
    store.replace_codes(account_id, rows)
    return tuple(in_groups(each, _GROUP, "-") for each in codes)


def spend(account_id: str, plain: str) -> bool:
    """Use a code up; False when it is no unused one of this account."""
    return store.spend_code(account_id, digest_of(plain), clock.now())
