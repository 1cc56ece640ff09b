"""Who wants to be told of what, as this process knows it, and the queueing of what they are told.

A message is stored in the unit of its event: it goes out exactly when what it tells of has happened. Nothing is asked
for an event that has no public name, as nearly all of a sign-in have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.bell import Bell, ring_after_commit
from webapp.infra.database import db
from webapp.webhooks import store
from webapp.webhooks.events import body_of, public_name_of
from webapp.webhooks.message_keys import MessageKeys
from webapp.webhooks.models import WebhookMessage

if TYPE_CHECKING:
    from webapp.infra.models import AuditEvent

# So old may be what a process knows: an endpoint that was just made, or turned on, is told so much later.
OLDEST_SECONDS: Final = 4.0
_LONG_AGO: Final = float("-inf")


class WebhookBell(Bell):
    """Wakes whoever sends messages."""


class Subscriptions:
    """The wishes of every endpoint that is on, read again when they are needed and too old. One for each process."""

    def __init__(self) -> None:
        self._wishes: tuple[tuple[str, frozenset[str]], ...] = ()
        self._read_at = _LONG_AGO

    def endpoints_for(self, public_name: str) -> list[str]:
        """The ids of those who want to be told. Asks in the present unit."""
        moment = clock.monotonic()
        if moment - self._read_at >= OLDEST_SECONDS:
            self._wishes = tuple((each, frozenset(names.split())) for each, names in store.list_wishes())
            self._read_at = moment
        return [endpoint_id for endpoint_id, names in self._wishes if public_name in names]

    def forget(self) -> None:
        """Read them again at the next event: they have just been changed here."""
        self._read_at = _LONG_AGO


def tell(event: AuditEvent) -> None:
    """Queue a message about an event of the present unit to everybody who wants to be told of it."""
    name = public_name_of(event.name)
    if name is None:
        return
    wanted_by = part(Subscriptions).endpoints_for(name)
    if not wanted_by:
        return
    body = body_of(event)
    for endpoint_id in wanted_by:
        queue_message(endpoint_id, name, body)


def queue_message(endpoint_id: str, public_name: str, body: str) -> str:
    """Queue one message in the present unit; its id."""
    moment, message_id = clock.now(), new_id()
    message = WebhookMessage(
        id=message_id,
        endpoint_id=endpoint_id,
        event=public_name,
        body=body,
        mac=part(MessageKeys).mac_of(message_id, endpoint_id, public_name, body),
        created_at=moment,
        due_at=moment,
        attempts=0,
        tries=0,
    )
    db.session.add(message)
    ring_after_commit(WebhookBell)
    return message_id
