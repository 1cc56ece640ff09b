"""What tells a message that was queued here from one that somebody wrote into the database: a MAC for each.

A MAC is `mark of the key (5) | HMAC-SHA-256 (32)` under a key derived from ENCRYPTION_KEY. It covers everything of a
message that is sent, or says to whom; not when it is due, nor how often it was tried.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Final

from webapp.core.parts import part
from webapp.infra.database import begin_writing
from webapp.infra.sealing import Sealer, derive_key
from webapp.webhooks import purge_store

if TYPE_CHECKING:
    from collections.abc import Sequence

_PURPOSE: Final = "webhook messages"
# As long as the mark of what is sealed, so that both are counted alike.
MARK_LENGTH: Final = 5


class MessageKeys:
    """Makes MACs under the first secret, and knows those of every one."""

    def __init__(self, encryption_key: str, fallbacks: Sequence[str] = ()) -> None:
        secrets = (encryption_key, *fallbacks)
        self._keys = {Sealer(each).mark: derive_key(each, _PURPOSE) for each in secrets}
        self._present = next(iter(self._keys))

    @property
    def former_marks(self) -> list[bytes]:
        """How the MACs begin that a fallback alone knows."""
        return [mark for mark in self._keys if mark != self._present]

    def mac_of(self, message_id: str, endpoint_id: str, event: str, body: str) -> bytes:
        """To be stored with the message."""
        return self._made(self._present, message_id, endpoint_id, event, body)

    def knows(self, mac: bytes, message_id: str, endpoint_id: str, event: str, body: str) -> bool:
        """Whether it is the MAC of just that message."""
        try:
            mark = mac[:MARK_LENGTH]
            if mark not in self._keys:
                return False
            return hmac.compare_digest(mac, self._made(mark, message_id, endpoint_id, event, body))
        except TypeError:
            # SQLite keeps what is no text, or no bytes, in any column.
            return False

    def _made(self, mark: bytes, *facts: str) -> bytes:
        # As a list, in which no two sets of texts read the same.
        return mark + hmac.digest(self._keys[mark], json.dumps(facts).encode("ascii"), "sha256")


def renew_macs(most: int) -> int:
    """Make so many MACs anew after ENCRYPTION_KEY was replaced; how many were, 0 when all are.

    Those that do not fit are left, and keep no other from its turn.
    Of messages on their way alone: one that was delivered, or given up, needs none unless it is sent again.
    """
    keys = part(MessageKeys)
    if not keys.former_marks:
        return 0
    for messages in purge_store.iterate_by_marks(keys.former_marks, most):
        changed = 0
        for message_id, endpoint_id, event, body, mac in messages:
            if keys.knows(mac, message_id, endpoint_id, event, body):
                anew = keys.mac_of(message_id, endpoint_id, event, body)
                begin_writing()
                changed += purge_store.replace_mac(message_id, mac, anew)
        if changed:
            return changed
    return 0
