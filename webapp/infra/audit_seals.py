"""Seals of the audit trail: what a segment's head covers, and who signed it.

A segment is a batch of events. Its `events_digest` is SHA-256 over id (8 bytes, big-endian) and digest of each event,
in the order of ids; its `head` is SHA-256 over a JSON array of its facts and the head before it, so that the newest
head covers everything before. The head is signed (Ed25519, RFC 8032) by a key derived from ENCRYPTION_KEY: whoever can
only write to the database cannot compute the chain anew. A segment whose events were cut by retention is signed anew
together with that moment, so that nobody else can pass a removal off as a cut.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from webapp.config import current_settings
from webapp.infra.sealing import derive_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

BEGINNING: Final = bytes(32)
"""What the first segment has in place of a head before it."""
_PURPOSE: Final = "audit heads"
_FORM: Final = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it is stored, its moments as texts: what somebody altered may be no moment any more."""

    id: int
    first_event_id: int
    last_event_id: int
    event_count: int
    last_event_at: str
    events_digest: bytes
    sealed_at: str
    previous_head: bytes
    head: bytes
    key_id: str
    signature: bytes
    cut_at: str | None = None

    def canonical_form(self) -> str:
        """What the head covers: a JSON array in ASCII without spaces, digests in hexadecimal."""
        facts = [
            _FORM,
            self.id,
            self.first_event_id,
            self.last_event_id,
            self.event_count,
            self.last_event_at,
            self.events_digest.hex(),
            self.sealed_at,
            self.previous_head.hex(),
        ]
        return json.dumps(facts, separators=(",", ":"), ensure_ascii=True)

    def computed_head(self) -> bytes:
        """The head as it follows from the facts."""
        return hashlib.sha256(self.canonical_form().encode("ascii")).digest()

    def signed_text(self) -> str:
        """What the signature covers: the head and, once the events are cut, when that was."""
        if self.cut_at is None:
            return f"latchkey audit head {self.head.hex()}"
        return f"latchkey audit head {self.head.hex()} cut {self.cut_at}"

    def has_own_head(self) -> bool:
        """Whether the head follows from the facts."""
        return self.computed_head() == self.head

    def values(self) -> dict[str, Any]:
        """Each fact by its name."""
        return asdict(self)


class EventsDigest:
    """Takes the events of a segment in the order of their ids."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, event_id: int, digest: bytes) -> None:
        """The next one."""
        self._hash.update(event_id.to_bytes(8, "big", signed=True))
        self._hash.update(digest)
        self.count += 1

    def digest(self) -> bytes:
        """Over all so far."""
        return self._hash.digest()


class SealingKeys:
    """Signs with the key of ENCRYPTION_KEY; knows those of ENCRYPTION_KEY_FALLBACKS, too."""

    def __init__(self) -> None:
        settings = current_settings()
        secrets = (settings.encryption_key, *settings.encryption_key_fallbacks)
        pairs = [
            Ed25519PrivateKey.from_private_bytes(derive_key(each.get_secret_value(), _PURPOSE))
            for each in secrets
        ]
        self._private = pairs[0]
        self._public = {key_id_of(each.public_key()): each.public_key() for each in pairs}
        self.present_id = key_id_of(self._private.public_key())

    @property
    def has_former(self) -> bool:
        """Whether anything may be left that a former key has signed."""
        return len(self._public) > 1

    def knows(self, key_id: str) -> bool:
        """Whether it is of ENCRYPTION_KEY or of a fallback."""
        return key_id in self._public

    def sign(self, segment: Segment) -> bytes:
        """The signature of the present key over what the segment says."""
        return self._private.sign(segment.signed_text().encode("ascii"))

    def is_signed(self, segment: Segment) -> bool:
        """Whether one of our keys signed this head, and the cut where there is one."""
        public = self._public.get(segment.key_id)
        if public is None:
            return False
        try:
            public.verify(segment.signature, segment.signed_text().encode("ascii"))
        except (InvalidSignature, ValueError):
            return False
        return True

    def public_jwk(self, key_id: str) -> dict[str, str] | None:
        """The public key for whoever verifies elsewhere (RFC 8037, section 2); None where it is not ours."""
        public = self._public.get(key_id)
        return None if public is None else {**_jwk(public), "kid": key_id, "alg": "EdDSA", "use": "sig"}


def seal(
    newest: Segment | None,
    events: Sequence[tuple[int, bytes]],
    last_event_at: datetime,
    sealed_at: datetime,
    keys: SealingKeys,
) -> Segment:
    """The segment after `newest` (None: the first) of these events, as (id, digest) in the order of ids."""
    digest = EventsDigest()
    for event_id, each in events:
        digest.add(event_id, each)
    segment = Segment(
        id=1 if newest is None else newest.id + 1,
        first_event_id=events[0][0],
        last_event_id=events[-1][0],
        event_count=len(events),
        last_event_at=moment_text(last_event_at),
        events_digest=digest.digest(),
        sealed_at=moment_text(sealed_at),
        previous_head=BEGINNING if newest is None else newest.head,
        head=b"",
        key_id=keys.present_id,
        signature=b"",
    )
    segment = replace(segment, head=segment.computed_head())
    return replace(segment, signature=keys.sign(segment))


def key_id_of(public: Ed25519PublicKey) -> str:
    """The thumbprint of a public key (RFC 7638)."""
    text = json.dumps(_jwk(public), sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode("ascii")).digest())


def moment_text(moment: datetime) -> str:
    """A moment as canonical forms have it."""
    return moment.isoformat(timespec="microseconds")


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(public.public_bytes_raw())}


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
