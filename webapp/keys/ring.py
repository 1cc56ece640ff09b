"""The key ring: which key signs now, which keys verify, and the first key of an installation."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm

from webapp.core import clock
from webapp.core.errors import Unavailable
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.sealing import Sealer
from webapp.keys import store
from webapp.keys.models import SigningKey

_REREAD_SECONDS = 2.0


class NoSigningKey(Unavailable):
    """No key can sign: the database has none, or it does not open."""

    code = "no_signing_key"
    message = "No signing key is ready. Try again in a moment."


@dataclass(frozen=True, slots=True)
class RingKey:
    """A key as tokens use it: a loaded object, bound to one algorithm."""

    kid: str
    algorithm: str
    public: PyJWK
    public_jwk: dict[str, Any]
    private: Any


class KeyRing:
    """A process's copy of the ring, read again when it is older than two seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, RingKey] = {}
        self._current: RingKey | None = None
        self._read_at = float("-inf")

    def signing_key(self) -> RingKey:
        """The key that signs now. Raises NoSigningKey."""
        self._refresh()
        if self._current is None:
            raise NoSigningKey(retry_after=2)
        return self._current

    def find_key(self, kid: str) -> RingKey | None:
        """The published key of that name, or None. A flood of invented names costs one query in two seconds."""
        self._refresh()
        return self._keys.get(kid)

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The published keys as a JWK set (RFC 7517, section 5), public parts only."""
        self._refresh()
        return {"keys": [key.public_jwk for key in self._keys.values()]}

    def forget(self) -> None:
        """Read the ring anew at the next question."""
        self._read_at = float("-inf")

    def _refresh(self) -> None:
        if clock.monotonic() - self._read_at < _REREAD_SECONDS:
            return
        # One caller reads while the others go on with what is known; at the start there is nothing to go on with.
        if not self._lock.acquire(blocking=self._current is None):
            return
        try:
            if clock.monotonic() - self._read_at < _REREAD_SECONDS:
                return
            rows = store.list_published()
            self._keys = {row.kid: self._keys.get(row.kid) or _load(row) for row in rows}
            self._current = next((self._keys[row.kid] for row in rows if row.state == "current"), None)
            # A ring without a key that signs is looked at again at once: it is about to be made.
            self._read_at = clock.monotonic() if self._current else float("-inf")
        finally:
            self._lock.release()


def ensure_signing_key() -> None:
    """Make the first key unless there is one. Two processes that start at once end with one and the same."""
    store.hold_ring()
    if store.list_published():
        return
    row = _make("current")
    store.add(row)
    record_event(EventName.SIGNING_KEY_CREATED, detail={"kid": row.kid, "algorithm": row.algorithm})


def _make(state: str) -> SigningKey:
    """An ES256 key pair: P-256 (RFC 7518, section 3.4), which every verifier has."""
    kid = new_id()
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    moment = clock.now()
    return SigningKey(
        kid=kid,
        algorithm="ES256",
        state=state,
        public_jwk=json.dumps({**jwk, "kid": kid, "alg": "ES256", "use": "sig"}, sort_keys=True),
        sealed_private_key=part(Sealer).seal(
            private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), _context(kid)
        ),
        created_at=moment,
        activated_at=moment if state == "current" else None,
    )


def _load(row: SigningKey) -> RingKey:
    jwk = json.loads(row.public_jwk)
    private = load_der_private_key(
        part(Sealer).unseal(row.sealed_private_key, _context(row.kid)), password=None
    )
    return RingKey(row.kid, row.algorithm, PyJWK(jwk, algorithm=row.algorithm), jwk, private)


def _context(kid: str) -> str:
    return f"signing_keys.sealed_private_key.{kid}"
