"""The secrets of endpoints at rest: sealed under ENCRYPTION_KEY for their row and column; opened to sign a message."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.database import begin_writing
from webapp.infra.sealing import SealBroken, Sealer
from webapp.webhooks import store

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.webhooks.models import WebhookEndpoint

PRESENT: Final = "secret_sealed"
FORMER: Final = "former_secret_sealed"


def seal_secret(endpoint_id: str, secret: str, column: str = PRESENT) -> bytes:
    """As it is stored in that column of that row."""
    return part(Sealer).seal(secret.encode("ascii"), _context(endpoint_id, column))


def open_secret(endpoint_id: str, sealed: bytes, column: str = PRESENT) -> str:
    """The secret. Raises SealBroken, also for one from another row or column."""
    return part(Sealer).unseal(sealed, _context(endpoint_id, column)).decode("ascii")


def open_signing_secrets(
    endpoint_id: str, sealed: bytes, former: bytes | None, former_until: datetime | None
) -> list[str]:
    """The secrets that sign now, the present one first. Raises SealBroken where that cannot be opened."""
    found = [open_secret(endpoint_id, sealed)]
    if former is not None and former_until is not None and former_until > clock.now():
        # It is on its way out: where it cannot be opened, its receiver has to know the present one a little earlier.
        with suppress(SealBroken):
            found.append(open_secret(endpoint_id, former, FORMER))
    return found


def opens(endpoint: WebhookEndpoint) -> bool:
    """Whether messages to it can be signed."""
    try:
        open_secret(endpoint.id, endpoint.secret_sealed)
    except SealBroken:
        return False
    return True


def reseal_secrets(most: int) -> int:
    """Seal so many secrets anew after ENCRYPTION_KEY was replaced; how many were. Those that none opens are left."""
    sealer = part(Sealer)
    if not sealer.has_former_keys:
        return 0
    changed = 0
    for column in (PRESENT, FORMER):
        for endpoint_id, sealed in store.list_sealed_otherwise(column, sealer.mark, most):
            with suppress(SealBroken):
                anew = seal_secret(endpoint_id, open_secret(endpoint_id, sealed, column), column)
                begin_writing()
                changed += store.replace_sealed(endpoint_id, column, sealed, anew)
    return changed


def _context(endpoint_id: str, column: str) -> str:
    return f"webhook_endpoints.{column} {endpoint_id}"
