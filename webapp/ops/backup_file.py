"""The form of a backup: a head that anybody may read, then the database in parts that only ENCRYPTION_KEY opens.

`LATCHKEY BACKUP 1` and a line end | length of the head (4 bytes) | head (JSON) | parts of 1 MiB, each with a tag of 16
bytes. A part is AES-256-GCM under a key of this file alone. Its nonce is its number (11 bytes) and whether it is the
last (1 byte), its associated data the head: what is moved, left out, cut off or exchanged does not open (STREAM; Hoang,
Reyhanitabar, Rogaway and Vizár, CRYPTO 2015).
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.config import current_settings
from webapp.infra.sealing import derive_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

Kind = Literal["sqlite", "postgresql"]
PART: Final = 1 << 20
_MARK: Final = b"LATCHKEY BACKUP 1\n"
_ANY_MARK: Final = re.compile(rb"LATCHKEY BACKUP [0-9]{1,4}\n")
_TAG: Final = 16
_LONGEST_HEAD: Final = 4096
_SALT: Final = re.compile(r"[0-9a-f]{64}")
_REVISION: Final = re.compile(r"[0-9A-Za-z_]{1,32}")


class BackupUnusable(Exception):
    """A backup that cannot be made or read; the text is a sentence that says why and what to do, with no secret."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself. `made_at` is ISO 8601 in UTC, `schema` the migration its database stood at,
    `key` the fingerprint of the secret that opens it.
    """

    made_at: str
    database: Kind
    schema: str
    key: str
    salt: str


def new_head(made_at: datetime, database: Kind, schema: str) -> Head:
    """The head of a new backup, for the present ENCRYPTION_KEY."""
    fingerprint = next(iter(_masters()))
    return Head(
        made_at.isoformat(timespec="seconds"), database, schema, fingerprint, secrets.token_bytes(32).hex()
    )


class PartWriter:
    """Writes head and parts; a backup is whole only after `finish`."""

    def __init__(self, file: BinaryIO, head: Head) -> None:
        text = json.dumps(asdict(head), sort_keys=True, separators=(",", ":")).encode()
        self._file = file
        self._parts = _Parts(head, text)
        self._waiting = bytearray()
        file.write(_MARK + len(text).to_bytes(4, "big") + text)

    def write(self, data: bytes) -> None:
        """Add this; what fills no part waits."""
        self._waiting += data
        # One more byte than a part: the last one is known as such only at the end.
        while len(self._waiting) > PART:
            self._file.write(self._parts.seal(bytes(self._waiting[:PART]), is_last=False))
            del self._waiting[:PART]

    def finish(self) -> None:
        """Write the last part."""
        self._file.write(self._parts.seal(bytes(self._waiting), is_last=True))


def read_head(file: BinaryIO) -> Head:
    """The head of a backup, which is believed only when its parts open. Raises BackupUnusable."""
    return _read_head(file)[0]


def read_parts(file: BinaryIO) -> Iterator[bytes]:
    """What was written, piece by piece, of a file at its beginning. Raises BackupUnusable at the first fault."""
    head, text = _read_head(file)
    parts = _Parts(head, text)
    block = file.read(PART + _TAG)
    while True:
        following = file.read(PART + _TAG)
        yield parts.open(block, is_last=not following)
        if not following:
            return
        block = following


def _read_head(file: BinaryIO) -> tuple[Head, bytes]:
    mark = file.read(len(_MARK))
    if mark != _MARK:
        if _ANY_MARK.match(mark):
            raise BackupUnusable("This backup was made by a newer release. Install that release first.")
        raise BackupUnusable("This file is not a backup of this service.")
    length = int.from_bytes(file.read(4), "big")
    text = file.read(min(length, _LONGEST_HEAD))
    if len(text) < length:
        raise BackupUnusable("The head of this backup cannot be read: it was changed or cut short.")
    try:
        said: Any = json.loads(text)
        head = Head(**{name: str(said[name]) for name in Head.__dataclass_fields__})  # type: ignore[arg-type]
        made_at = datetime.fromisoformat(head.made_at)
    except (ValueError, KeyError, TypeError, RecursionError):
        made_at = None
    if (
        made_at is None
        or made_at.tzinfo is None
        or head.database not in get_args(Kind)
        or not (_SALT.fullmatch(head.salt) and _REVISION.fullmatch(head.schema))
    ):
        raise BackupUnusable("The head of this backup cannot be read: it was changed or cut short.")
    return head, text


class _Parts:
    """Seals and opens the parts of one file in their order."""

    def __init__(self, head: Head, text: bytes) -> None:
        master = _masters().get(head.key)
        if master is None:
            raise BackupUnusable(
                f"This backup was made with another ENCRYPTION_KEY, of fingerprint {_plain(head.key)}. Set that value, "
                "or name it in ENCRYPTION_KEY_FALLBACKS. Without it nobody can open the backup."
            )
        derivation = HKDF(algorithm=SHA256(), length=32, salt=bytes.fromhex(head.salt), info=b"backup file")
        self._cipher = AESGCM(derivation.derive(master))
        self._bound = _MARK + text
        self._number = 0

    def seal(self, plain: bytes, *, is_last: bool) -> bytes:
        self._number += 1
        return self._cipher.encrypt(self._nonce(is_last=is_last), plain, self._bound)

    def open(self, block: bytes, *, is_last: bool) -> bytes:
        self._number += 1
        with_end = [is_last, False] if is_last else [False]
        for end in with_end:
            try:
                plain = self._cipher.decrypt(self._nonce(is_last=end), block, self._bound)
            except (InvalidTag, ValueError):
                continue
            if end != is_last:
                raise BackupUnusable(f"This backup is cut short: it ends after part {self._number}.")
            return plain
        raise BackupUnusable(
            f"This backup was changed or cut short: part {self._number} does not open. Use another copy of it."
        )

    def _nonce(self, *, is_last: bool) -> bytes:
        return self._number.to_bytes(11, "big") + bytes([is_last])


def _masters() -> dict[str, bytes]:
    """The secrets that open backups by fingerprint, that of the present ENCRYPTION_KEY first."""
    settings = current_settings()
    given = (settings.encryption_key, *settings.encryption_key_fallbacks)
    keys = [derive_key(each.get_secret_value(), "backup") for each in given]
    return {hashlib.sha256(b"fingerprint" + key).hexdigest()[:16]: key for key in keys}


def _plain(text: str) -> str:
    """A fingerprint as a file claims it, so that it can be shown."""
    return text if re.fullmatch(r"[0-9a-f]{16}", text) else "unknown"
