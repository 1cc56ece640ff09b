"""Hashing and checking of passwords: pepper, then bcrypt.

Knows neither the database nor the web. What a password must look like is decided in `password_rules`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import bcrypt

from webapp.accounts import imported_hashes
from webapp.accounts.password_errors import PasswordPepperMissing, UnacceptablePassword
from webapp.accounts.password_pool import RETRY_AFTER, PasswordPool, usable_processors

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

SCHEME: Final = "bcrypt-hmac-sha384"
LONGEST: Final = 1000
CHEAPEST_ROUNDS: Final = 4
_BCRYPT: Final = re.compile(r"\$2[aby]\$(?P<rounds>\d\d)\$[./A-Za-z0-9]{53}")
_BCRYPT_LETTERS: Final = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """What is stored of a password. `scheme` and `pepper_version` say how `value` was made."""

    value: str
    scheme: str
    pepper_version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`needs_rehash` is only ever true beside `matches`: nobody else knows the password to hash it anew."""

    matches: bool
    needs_rehash: bool


class PasswordHasher:
    """Makes and checks `PasswordHash` values; the first pepper makes, fallbacks only check.

    A check takes the same time whether the account exists or not, and also while its hash is still of fewer rounds
    than `rounds`. After lowering `rounds`, hashes of more rounds answer later until their owners have signed in.
    Without `threads` there is one for each processor this process may use.
    """

    def __init__(
        self,
        rounds: int,
        pepper: bytes,
        pepper_fallbacks: Sequence[bytes] = (),
        threads: int | None = None,
        waiting_places: int | None = None,
    ) -> None:
        if not all((pepper, *pepper_fallbacks)):
            raise ValueError("a password pepper must not be empty")
        self._rounds = rounds
        self._pepper_version = pepper_version(pepper)
        self._peppers = {pepper_version(each): each for each in (*pepper_fallbacks, pepper)}
        self._missing: set[str] = set()
        self._decoys = {cost: _decoy(cost) for cost in range(CHEAPEST_ROUNDS, rounds + 1)}
        self._threads = threads or usable_processors()
        self._places = 2 * self._threads if waiting_places is None else waiting_places
        self._pools: dict[int, PasswordPool] = {}

    @property
    def capacity(self) -> int:
        """How many callers can be inside at once, served or waiting."""
        return self._threads + self._places

    @property
    def load(self) -> tuple[int, int]:
        """How many callers are served in this process now, and how many wait."""
        return self._pool.load

    def require_place(self, *, known_device: bool) -> None:
        """Raise PasswordWorkBusy where `verify` would. Asked before the account is looked up, a flood costs little."""
        self._pool.require_place(known_device=known_device)

    def hash(self, plain: str, *, known_device: bool = False) -> PasswordHash:
        """Raises UnacceptablePassword for what cannot be hashed at all, PasswordWorkBusy when no place is free."""
        peppered = _peppered(plain, self._peppers[self._pepper_version])
        if peppered is None:
            raise UnacceptablePassword.because("Use at most 1,000 characters, all of them ordinary text.")
        value = self._pool.run(
            lambda: bcrypt.hashpw(peppered, bcrypt.gensalt(self._rounds)), known_device=known_device
        )
        return PasswordHash(value.decode(), SCHEME, self._pepper_version)

    def wrap(self, bcrypt_hash: str) -> PasswordHash:
        """A hash of another system's as it is stored here; it has no more rounds than ours."""
        value = imported_hashes.wrap_hash(bcrypt_hash, self._peppers[self._pepper_version])
        return PasswordHash(value, imported_hashes.SCHEME, self._pepper_version)

    def came_from(self, bcrypt_hash: str, stored: PasswordHash | None) -> bool:
        """Whether this hash of another system's is what was wrapped; no more once its owner has signed in."""
        if stored is None or stored.scheme != imported_hashes.SCHEME:
            return False
        pepper = self._peppers.get(stored.pepper_version)
        return pepper is not None and imported_hashes.wrap_hash(bcrypt_hash, pepper) == stored.value

    def verify(
        self, plain: str, stored: PasswordHash | None, *, known_device: bool = False, whose: str = ""
    ) -> Verdict:
        """Whether `plain` is the password behind `stored`; None, an unknown account, never matches.

        Raises PasswordWorkBusy when no place is free, and PasswordPepperMissing, after the same work as for any other.
        """
        cost = None if stored is None else _cost_of(stored)
        if stored is None or cost is None:
            if stored is not None:
                log.error(
                    "A stored password of scheme %r cannot be read; its account cannot sign in.",
                    stored.scheme,
                )
            self._check_decoy(plain, known_device=known_device, whose=whose)
            return Verdict(matches=False, needs_rehash=False)
        version = stored.pepper_version
        if version not in self._peppers:
            self._tell_missing(version)
            # As much work as for any other account: whoever asks may be a stranger with a list of names.
            self._check_decoy(plain, known_device=known_device, whose=whose)
            raise PasswordPepperMissing(retry_after=RETRY_AFTER)
        is_imported = stored.scheme == imported_hashes.SCHEME
        check = self._matches_imported if is_imported else self._matches
        value = stored.value.encode()
        matches = self._pool.run(
            lambda: check(plain, value, cost, version), known_device=known_device, whose=whose
        )
        outdated = is_imported or cost != self._rounds or version != self._pepper_version
        return Verdict(matches, needs_rehash=matches and outdated)

    def _check_decoy(self, plain: str, *, known_device: bool, whose: str) -> None:
        self._pool.run(
            lambda: self._matches(plain, self._decoys[self._rounds], self._rounds, self._pepper_version),
            known_device=known_device,
            whose=whose,
        )

    def _tell_missing(self, version: str) -> None:
        # Once: as many may sign in as there are accounts.
        if version not in self._missing:
            self._missing.add(version)
            log.error(
                "No pepper of version %s: put the old PASSWORD_PEPPER in PASSWORD_PEPPER_FALLBACKS.", version
            )

    def _matches(self, plain: str, value: bytes, cost: int, version: str) -> bool:
        peppered = _peppered(plain, self._peppers[version])
        if peppered is None:
            return False
        matches = bcrypt.checkpw(peppered, value)
        if not matches:
            self._make_up_for(cost, peppered)
        return matches

    def _matches_imported(self, plain: str, value: bytes, cost: int, version: str) -> bool:
        # What no password of ours can be is refused as quickly as for an unknown name.
        if _peppered(plain, self._peppers[version]) is None:
            return False
        matches = imported_hashes.matches_imported(plain, value.decode(), self._peppers[version])
        if not matches:
            self._make_up_for(cost, b"")
        return matches

    def _make_up_for(self, cost: int, peppered: bytes) -> None:
        # 2^c + (2^c + 2^(c+1) + … + 2^(r-1)) = 2^r: an old, cheap hash must not answer sooner than the decoy.
        for missing in range(cost, self._rounds):
            bcrypt.checkpw(peppered, self._decoys[missing])

    @property
    def _pool(self) -> PasswordPool:
        # By process: threads do not survive a fork, and a lock held during one would never open again.
        process = os.getpid()
        return self._pools.get(process) or self._pools.setdefault(
            process, PasswordPool(self._threads, self._places)
        )


def pepper_version(pepper: bytes) -> str:
    """Eight hex digits that tell peppers apart and give nothing of them away."""
    mark = hmac.digest(pepper, b"password pepper version", "sha384")
    return hashlib.sha256(mark).hexdigest()[:8]


def _cost_of(stored: PasswordHash) -> int | None:
    """The rounds of a stored hash; None for one that cannot be read."""
    if stored.scheme == imported_hashes.SCHEME:
        return imported_hashes.rounds_of(stored.value)
    found = _BCRYPT.fullmatch(stored.value) if stored.scheme == SCHEME else None
    return int(found["rounds"]) if found else None


def _peppered(plain: str, pepper: bytes) -> bytes | None:
    """64 bytes without NUL, as bcrypt reads 72 bytes and stops at a NUL. None for what no password can be."""
    if len(plain) > LONGEST:
        return None
    try:
        text = unicodedata.normalize("NFKC", plain).encode()
    except UnicodeEncodeError:
        return None
    return base64.b64encode(hmac.digest(pepper, text, "sha384"))


def _decoy(rounds: int) -> bytes:
    """A well-formed bcrypt hash that costs as much to check as a real one, and whose password nobody knows."""
    return bcrypt.gensalt(rounds) + "".join(secrets.choice(_BCRYPT_LETTERS) for _ in range(31)).encode()
