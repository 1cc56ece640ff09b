"""An endpoint that has failed for days is turned off, and those who administer are told by letter."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from webapp.accounts.store import list_administrator_addresses
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.outbox import Letter, queue_letter
from webapp.webhooks import store
from webapp.webhooks.words import origin_of

FAILING_FOR: Final = timedelta(days=5)
# Whoever has more administrators than that has other ways to tell them.
_MOST_LETTERS: Final = 20


def turn_off_if_failing(endpoint_id: str) -> bool:
    """Turn it off if nothing was delivered there for so long, although it was tried; whether this did it."""
    moment = clock.now()
    if not store.turn_off_failing(endpoint_id, moment - FAILING_FOR, moment):
        return False
    endpoint = store.find_endpoint(endpoint_id)
    if endpoint is None:
        return False
    record_event(EventName.WEBHOOK_TURNED_OFF, result="failure", detail={"name": endpoint.name})
    if current_settings().sends_mail:
        letter = _letter(endpoint.id, endpoint.name, origin_of(endpoint.url))
        for account_id, address in list_administrator_addresses(_MOST_LETTERS):
            queue_letter("webhook_turned_off", address, letter, account_id=account_id)
    return True


def _letter(endpoint_id: str, name: str, origin: str) -> Letter:
    settings = current_settings()
    return Letter(
        f"A webhook endpoint of {settings.app_name} was turned off",
        (
            f"The webhook endpoint {name} at {origin} has taken no message for 5 days, so it is turned off.",
            "Nothing is sent there now, and what happens meanwhile is not kept for it.",
            "See what went wrong on its page, mend it, turn it on again and send a test.",
        ),
        action=("Look at the endpoint", f"{settings.public_url}/admin/webhooks/{endpoint_id}"),
        closing=("This letter goes to everybody who administers.",),
    )
