"""The key ring: a process's copy of the published keys, and the questions that tokens ask of it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jwt import PyJWK

from webapp.core import clock
from webapp.core.errors import Problem
from webapp.infra.database import DatabaseAway, reading_apart
from webapp.infra.sealing import SealBroken
from webapp.keys import store
from webapp.keys.algorithms import public_jwk
from webapp.keys.errors import NoSigningKey
from webapp.keys.sealed_keys import WRONG_KEY, open_private_key
from webapp.keys.timing import OLDEST_THAT_SIGNS, REREAD, change_due_at

if TYPE_CHECKING:
    from datetime import timedelta

# An invented kid costs one query in this time at most, and so does a database that is away.
_PAUSE_SECONDS = 1.0
# How long one caller waits for another that is reading, once the copy is too old to go on with unasked.
_PATIENCE_SECONDS = 1.0
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger("latchkey.keys")


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key as tokens use it: a loaded object, bound to one algorithm."""

    kid: str
    algorithm: str
    public: PyJWK
    public_jwk: dict[str, Any]
    private: Any


@dataclass(frozen=True, slots=True)
class _Copy:
    """The ring as it was read. `unreadable` are published keys that do not open here."""

    keys: dict[str, RingKey]
    unreadable: frozenset[str]
    current: str | None
    due_at: datetime | None
    read_at: float
    moment: datetime

    def is_older_than(self, age: timedelta) -> bool:
        """By either clock: one stands still while the machine sleeps, the other may be set."""
        elapsed = abs(clock.now() - self.moment)
        return clock.monotonic() - self.read_at >= age.total_seconds() or elapsed >= age


_NOTHING = _Copy({}, frozenset(), None, None, float("-inf"), _LONG_AGO)


class KeyRing:
    """A process's copy of the ring, read again when it is older than two seconds.

    It is read beside the present unit of work: what is remembered has been committed. While the database is away the
    copy goes on verifying, and signs nothing once it is older than five seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copy = _NOTHING
        self._failed_at = self._asked_at = float("-inf")
        self._is_due_taken = False

    def signing_key(self) -> RingKey:
        """The key that signs now. Raises NoSigningKey, DatabaseAway, and SealBroken under another ENCRYPTION_KEY."""
        copy = self._present(must_be_young=True)
        if copy.current in copy.unreadable:
            raise SealBroken(WRONG_KEY)
        if copy.current is None or copy.is_older_than(OLDEST_THAT_SIGNS):
            raise NoSigningKey(retry_after=2)
        return copy.keys[copy.current]

    def find_key(self, kid: str) -> RingKey | None:
        """The published key of that name, or None. Raises SealBroken when no key opens here, and NoSigningKey where the
        database is away, so that nobody can know.

        A name that is not known may be a key that another node has just made: the ring is read again for it, at most
        once a second however many names are invented.
        """
        found = self._present().keys.get(kid)
        if found is None and self._ask_again(kid):
            found = self._copy.keys.get(kid)
        if found is None:
            self._require_readable()
            if self._failed_at >= self._copy.read_at:
                raise NoSigningKey(retry_after=2)
        return found

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The published keys as a JWK set (RFC 7517, section 5), public parts only."""
        copy = self._present()
        self._require_readable()
        if not copy.keys:
            # An empty set would be kept by others, and the first key does not wait for them.
            raise NoSigningKey(retry_after=2)
        return {"keys": [key.public_jwk for key in copy.keys.values()]}

    def find_fault(self) -> str | None:
        """Why this node cannot sign, in a sentence for its operator; None when it can."""
        try:
            self.signing_key()
        except Problem as problem:
            return problem.message
        return None

    def is_behind(self) -> bool:
        """Whether the copy could not be read again lately, so that nobody should keep it for long."""
        return self._copy.is_older_than(OLDEST_THAT_SIGNS)

    def forget(self) -> None:
        """Read the ring anew at the next question. Call it after the change is committed."""
        with self._lock:
            self._copy = _Copy(
                self._copy.keys, self._copy.unreadable, self._copy.current, None, float("-inf"), _LONG_AGO
            )
            self._failed_at = float("-inf")

    def take_due_change(self) -> bool:
        """Whether a change of the ring is due and nobody here has been told since it was last read."""
        due_at = self._copy.due_at
        if due_at is None or self._is_due_taken or clock.now() < due_at:
            return False
        self._is_due_taken = True
        return True

    def _require_readable(self) -> None:
        # Where some keys open, the others are broken rows: what they signed is refused, and clients renew.
        if self._copy.unreadable and not self._copy.keys:
            raise SealBroken(WRONG_KEY)

    def _present(self, *, must_be_young: bool = False) -> _Copy:
        copy = self._copy
        if not self._is_stale(copy):
            return copy
        # One caller reads while the others go on with what is known, unless that is too old or nothing.
        waits = copy.is_older_than(OLDEST_THAT_SIGNS)
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS if waits else 0):
            return copy
        try:
            if not self._is_stale(self._copy):
                return self._copy
            if clock.monotonic() - self._failed_at >= _PAUSE_SECONDS or must_be_young or not self._copy.keys:
                self._read()
        except DatabaseAway as away:
            if must_be_young or not self._copy.keys:
                raise
            _log.warning(
                "the signing keys could not be read again: %s", str(away.__cause__).partition("\n")[0]
            )
        finally:
            self._lock.release()
        return self._copy

    @staticmethod
    def _is_stale(copy: _Copy) -> bool:
        # A ring without a key that signs is looked at again at once: it is about to be made.
        return copy.current is None or copy.is_older_than(REREAD)

    def _ask_again(self, kid: str) -> bool:
        """Read the ring for an unknown name, or wait for whoever does. False where it was done a moment ago."""
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            return False
        try:
            if kid not in self._copy.keys and clock.monotonic() - self._asked_at >= _PAUSE_SECONDS:
                self._asked_at = clock.monotonic()
                self._read()
        except DatabaseAway:
            return False
        finally:
            self._lock.release()
        return True

    def _read(self) -> None:
        """Take a fresh copy; keys that are known stay the objects they are."""
        # Taken first: what is read is at least as new as this.
        read_at, moment = clock.monotonic(), clock.now()
        try:
            with reading_apart() as connection:
                rows = store.read_ring(connection)
        except DatabaseAway:
            self._failed_at = clock.monotonic()
            raise
        keys: dict[str, RingKey] = {}
        unreadable = set()
        for row in rows:
            try:
                keys[row.kid] = self._copy.keys.get(row.kid) or _load(row)
            except SealBroken:
                unreadable.add(row.kid)
        if unreadable - self._copy.unreadable:
            _log.error("%s", WRONG_KEY, extra={"count": len(unreadable)})
        current = next((row.kid for row in rows if row.state == "current"), None)
        due_at = change_due_at(rows, moment)
        self._copy = _Copy(keys, frozenset(unreadable), current, due_at, read_at, moment)
        self._failed_at, self._is_due_taken = float("-inf"), False


def _load(row: Any) -> RingKey:
    """The key of a row. The public half comes from the sealed one: a row put in by somebody else verifies nothing."""
    private = open_private_key(row)
    jwk = public_jwk(private, row.kid, row.algorithm)
    return RingKey(row.kid, row.algorithm, PyJWK(jwk, algorithm=row.algorithm), jwk, private)
