"""The secrets of endpoints at rest: sealed under ENCRYPTION_KEY for a row, a column and an address; opened to sign.

So nobody has messages signed for another address who can only write to the database.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.resealing import reseal_column
from webapp.infra.sealing import SealBroken, Sealer
from webapp.webhooks.models import WebhookEndpoint

if TYPE_CHECKING:
    from datetime import datetime


PRESENT: Final = "secret_sealed"
FORMER: Final = "former_secret_sealed"


def seal_secret(endpoint_id: str, url: str, secret: str, column: str = PRESENT) -> bytes:
    """As it is stored in that column of that row, while the endpoint has that address."""
    return part(Sealer).seal(secret.encode("ascii"), _context(endpoint_id, url, column))


def open_secret(endpoint_id: str, url: str, sealed: bytes, column: str = PRESENT) -> str:
    """The secret. Raises SealBroken, also for one from another row or column, or of another address."""
    return part(Sealer).unseal(sealed, _context(endpoint_id, url, column)).decode("ascii")


def open_signing_secrets(
    endpoint_id: str, url: str, sealed: bytes, former: bytes | None, former_until: datetime | None
) -> list[str]:
    """The secrets that sign now, the present one first. Raises SealBroken where that cannot be opened."""
    found = [open_secret(endpoint_id, url, sealed)]
    if former is not None and former_until is not None and former_until > clock.now():
        # It is on its way out: where it cannot be opened, its receiver has to know the present one a little earlier.
        with suppress(SealBroken):
            found.append(open_secret(endpoint_id, url, former, FORMER))
    return found


def opens(endpoint: WebhookEndpoint) -> bool:
    """Whether messages to it can be signed."""
    try:
        open_secret(endpoint.id, endpoint.url, endpoint.secret_sealed)
    except SealBroken:
        return False
    return True


def seal_for_address(endpoint: WebhookEndpoint, url: str) -> dict[str, bytes]:
    """The secrets by column, sealed for the address that it gets.

    One that does not open for the present address is left: it is that of another, perhaps of the one it gets (back).
    """
    found: dict[str, bytes] = {}
    for column in (PRESENT, FORMER):
        if (sealed := getattr(endpoint, column)) is not None:
            with suppress(SealBroken):
                secret = open_secret(endpoint.id, endpoint.url, sealed, column)
                found[column] = seal_secret(endpoint.id, url, secret, column)
    return found


def reseal_webhook_secrets(most: int) -> int:
    """Seal so many secrets anew after ENCRYPTION_KEY was replaced; how many were."""
    return reseal_column(
        WebhookEndpoint, WebhookEndpoint.secret_sealed, lambda row: _context(row.id, row.url, PRESENT), most
    ) + reseal_column(
        WebhookEndpoint,
        WebhookEndpoint.former_secret_sealed,
        lambda row: _context(row.id, row.url, FORMER),
        most,
    )


def _context(endpoint_id: str, url: str, column: str) -> str:
    # As a list, in which no two pairs of texts read the same.
    return f"webhook_endpoints.{column} {json.dumps([endpoint_id, url])}"
