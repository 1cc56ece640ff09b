"""What may happen to endpoints: made, changed, given another secret, tested, turned off, deleted."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from webapp.core import clock
from webapp.core.errors import InvalidInput
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.webhooks import queue_store, store
from webapp.webhooks.errors import (
    EndpointChanged,
    EndpointMade,
    EndpointNameTaken,
    EndpointNotFound,
    EndpointOff,
    MessageNotFound,
    MessageUnderWay,
    TooManyWaiting,
)
from webapp.webhooks.events import TEST, write_body
from webapp.webhooks.secrets import FORMER, open_secret, seal_for_address, seal_secret
from webapp.webhooks.signing import new_secret
from webapp.webhooks.subscriptions import Subscriptions, queue_message
from webapp.webhooks.words import EndpointWords, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage

MOST_ENDPOINTS: Final = 50
# So long a receiver may take to know the new secret.
FORMER_SIGNS: Final = timedelta(hours=24)
MOST_SHOWN: Final = 50
_ID: Final = re.compile(r"[a-z2-7]{26}")


def create_endpoint(
    words: EndpointWords, *, endpoint_id: str | None = None, actor_id: str
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, which is on, and its secret, which nobody is shown again.

    `endpoint_id` is chosen by a form that may be sent twice: EndpointMade then. Raises InvalidInput, EndpointNameTaken.
    """
    if not endpoint_id or not _ID.fullmatch(endpoint_id):
        endpoint_id = new_id()
    if store.find_endpoint(endpoint_id) is not None:
        raise EndpointMade
    if store.count_endpoints() >= MOST_ENDPOINTS:
        raise InvalidInput(f"There are {MOST_ENDPOINTS} endpoints, which is as many as there can be.")
    secret, moment = new_secret(), clock.now()
    is_new = store.add_endpoint(
        id=endpoint_id,
        **_columns_of(words),
        is_enabled=True,
        secret_sealed=seal_secret(endpoint_id, words.url, secret),
        secret_changed_at=moment,
        version=1,
        created_at=moment,
        changed_at=moment,
    )
    if not is_new:
        raise EndpointNameTaken(fields={"name": EndpointNameTaken.message})
    part(Subscriptions).forget()
    _record(EventName.WEBHOOK_CREATED, words.name, actor_id, after=_facts_of(words))
    return get_endpoint(endpoint_id), secret


def change_endpoint(endpoint_id: str, words: EndpointWords, *, version: str | None, actor_id: str) -> bool:
    """Whether anything changed. Raises EndpointNotFound, EndpointChanged, EndpointNameTaken."""
    endpoint = _hold_version(endpoint_id, version)
    before, after = _facts_of(words_of(endpoint)), _facts_of(words)
    if words == words_of(endpoint):
        return False
    if store.is_name_taken(words.name, besides=endpoint_id):
        raise EndpointNameTaken(fields={"name": EndpointNameTaken.message})
    former_name, former_url = endpoint.name, endpoint.url
    values = _columns_of(words)
    if words.url != former_url:
        values |= seal_for_address(endpoint, words.url)
    _store_change(endpoint, values)
    changed = {name for name in after if after[name] != before[name]}
    detail: dict[str, object] = {
        "before": {name: before[name] for name in sorted(changed)},
        "after": {name: after[name] for name in sorted(changed)},
    }
    if words.name != former_name:
        detail["former_name"] = former_name
    if words.url != former_url:
        detail["address_changed"] = True
    _record(EventName.WEBHOOK_CHANGED, words.name, actor_id, **detail)
    return True


def replace_secret(endpoint_id: str, *, version: str | None, ends_former: bool, actor_id: str) -> str:
    """A new secret, which nobody is shown again; the former one signs too for a day, unless it `ends_former`.

    Raises EndpointNotFound, EndpointChanged (also for a form that was sent twice), SealBroken.
    """
    endpoint = _hold_version(endpoint_id, version)
    secret, moment = new_secret(), clock.now()
    values: dict[str, Any] = {"former_secret_sealed": None, "former_secret_until": None}
    if not ends_former:
        present = open_secret(endpoint_id, endpoint.url, endpoint.secret_sealed)
        values = {
            "former_secret_sealed": seal_secret(endpoint_id, endpoint.url, present, FORMER),
            "former_secret_until": moment + FORMER_SIGNS,
        }
    values |= {"secret_sealed": seal_secret(endpoint_id, endpoint.url, secret), "secret_changed_at": moment}
    _store_change(endpoint, values)
    _record(EventName.WEBHOOK_SECRET_REPLACED, endpoint.name, actor_id, ends_former=ends_former)
    return secret


def turn(endpoint_id: str, *, is_enabled: bool, actor_id: str) -> bool:
    """Turn it on or off; False when it was so already. What waits stays, until it is too old."""
    endpoint = _hold(endpoint_id)
    if endpoint.is_enabled == is_enabled:
        return False
    _store_change(endpoint, {"is_enabled": is_enabled, "turned_off_at": None, "failing_since": None})
    _record(
        EventName.WEBHOOK_CHANGED,
        endpoint.name,
        actor_id,
        before={"is_enabled": not is_enabled},
        after={"is_enabled": is_enabled},
    )
    return True


def delete_endpoint(endpoint_id: str, *, actor_id: str) -> None:
    """Let go of it with its secret; maintenance forgets its messages. Raises EndpointNotFound."""
    endpoint = _hold(endpoint_id)
    before = words_of(endpoint)
    store.remove_endpoint(endpoint_id)
    part(Subscriptions).forget()
    _record(EventName.WEBHOOK_DELETED, before.name, actor_id, before=_facts_of(before))


def send_test(endpoint_id: str, *, actor_id: str) -> str:
    """Queue a message that says nothing but that it is a test; its id. Raises EndpointOff, TooManyWaiting."""
    endpoint = _hold(endpoint_id)
    if not endpoint.is_enabled:
        raise EndpointOff
    if queue_store.is_waiting(endpoint_id, TEST):
        raise TooManyWaiting
    _record(EventName.WEBHOOK_TESTED, endpoint.name, actor_id)
    return queue_message(endpoint_id, TEST, write_body(TEST, clock.now(), {"endpoint_id": endpoint_id}))


def send_again(endpoint_id: str, message_id: str, *, actor_id: str) -> None:
    """Make a message due now, whatever became of it: under its own id, by which a receiver knows it again.

    Raises EndpointNotFound, MessageNotFound, EndpointOff, MessageUnderWay.
    """
    endpoint = _hold(endpoint_id)
    message = get_message(endpoint_id, message_id)
    if not endpoint.is_enabled:
        raise EndpointOff
    if not queue_store.send_off_again(message.id):
        raise MessageUnderWay
    _record(EventName.WEBHOOK_SENT_AGAIN, endpoint.name, actor_id, message_id=message.id, event=message.event)


def get_endpoint(endpoint_id: str) -> WebhookEndpoint:
    """The endpoint as it stands now. Raises EndpointNotFound."""
    endpoint = store.find_endpoint(endpoint_id) if _ID.fullmatch(endpoint_id) else None
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def get_message(endpoint_id: str, message_id: str) -> WebhookMessage:
    """The message as it stands now. Raises MessageNotFound."""
    found = queue_store.find_message(endpoint_id, message_id) if _ID.fullmatch(message_id) else None
    if found is None:
        raise MessageNotFound
    return found


def list_endpoints() -> Sequence[WebhookEndpoint]:
    """Every endpoint, by name."""
    return store.list_endpoints()


def list_messages(endpoint_id: str) -> Sequence[WebhookMessage]:
    """The last ones to an endpoint, newest first."""
    return queue_store.list_messages(endpoint_id, MOST_SHOWN)


def list_attempts(message_id: str) -> Sequence[WebhookAttempt]:
    """The last attempts at a message, newest first."""
    return queue_store.list_attempts(message_id, MOST_SHOWN)


def words_of(endpoint: WebhookEndpoint) -> EndpointWords:
    """The description as it stands."""
    return EndpointWords(endpoint.name, endpoint.url, tuple(endpoint.events.split()))


def _columns_of(words: EndpointWords) -> dict[str, Any]:
    return asdict(words) | {"events": " ".join(words.events)}


def _facts_of(words: EndpointWords) -> dict[str, Any]:
    """What the audit keeps besides the name: of the address only the host, since its path may be a secret."""
    return {"host": origin_of(words.url), "events": list(words.events)}


def _hold(endpoint_id: str) -> WebhookEndpoint:
    endpoint = store.hold_endpoint(endpoint_id) if _ID.fullmatch(endpoint_id) else None
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def _hold_version(endpoint_id: str, version: str | None) -> WebhookEndpoint:
    endpoint = _hold(endpoint_id)
    if version != str(endpoint.version):
        raise EndpointChanged
    return endpoint


def _store_change(endpoint: WebhookEndpoint, values: Mapping[str, Any]) -> None:
    store.change_endpoint(endpoint.id, {**values, "version": endpoint.version + 1, "changed_at": clock.now()})
    part(Subscriptions).forget()


def _record(name: EventName, endpoint_name: str, actor_id: str, **detail: object) -> None:
    record_event(name, actor_id=actor_id, detail={"name": endpoint_name, **detail})
