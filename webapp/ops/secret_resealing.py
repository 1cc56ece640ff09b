"""After ENCRYPTION_KEY was replaced: everything that a former value closed, closed anew under the present one.

Maintenance does the same within the hour; this is for whoever wants the fallback gone now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.connections.keys import reseal_keys as reseal_connection_keys
from webapp.factors.resealing import reseal_secrets
from webapp.infra.database import unit_of_work
from webapp.infra.job_files import reseal_pieces
from webapp.infra.outbox import reseal_letters
from webapp.keys.rotation import reseal_keys
from webapp.ops.audit_tasks import resign_trail
from webapp.ops.maintenance import in_batches
from webapp.webhooks.message_keys import renew_macs
from webapp.webhooks.secrets import reseal_secrets as reseal_webhook_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS: Final = 250


def _reseal_signing_keys() -> int:
    with unit_of_work():
        return reseal_keys()


_ALL: Final = (
    ("Signing keys", _reseal_signing_keys),
    ("Secrets of authenticator apps", in_batches(reseal_secrets, _ROWS)),
    ("Keys of connections", in_batches(reseal_connection_keys, _ROWS)),
    ("Secrets of webhook endpoints", in_batches(reseal_webhook_secrets, _ROWS)),
    ("Webhook messages on their way", in_batches(renew_macs, _ROWS)),
    ("Letters", in_batches(reseal_letters, _ROWS)),
    # A piece of a file may have a megabyte.
    ("Files of jobs", in_batches(reseal_pieces, 1)),
    ("Segments of the audit trail", resign_trail),
)


def reseal_everything() -> Iterator[tuple[str, int]]:
    """Each kind of thing and how many of them were sealed anew, in units of their own."""
    for title, reseal in _ALL:
        yield title, reseal()
