"""Webhook endpoints and their messages as the console shows them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.core import clock
from webapp.webhooks import service
from webapp.webhooks.events import PUBLIC_EVENTS, TEST
from webapp.webhooks.secrets import opens
from webapp.webhooks.words import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from webapp.webhooks.models import WebhookAttempt, WebhookEndpoint, WebhookMessage

_PROBLEMS: Final[Mapping[str, str]] = {
    "refused": "It answered with an error",
    "redirected": "It answered with a redirect, which is not followed",
    "address_refused": "Its address is not one that may be reached from here",
    "upstream_unreachable": "It cannot be reached, or its certificate is not to be trusted",
    "upstream_broken": "Its answer was no HTTP, or ended in the middle",
    "upstream_slow": "It took longer than 10 seconds",
    "secret_unreadable": "Its secret does not open for its address with the present ENCRYPTION_KEY",
    "not_as_queued": "It is not as Latchkey queued it, so it was not sent: it was changed or written in the database, "
    "or the ENCRYPTION_KEY of that time is not set any more",
    "overdue": "Nobody could send it within 3 days",
    "not_sent": "It could not be sent; the log says why",
}


@dataclass(frozen=True, slots=True)
class ShownEndpoint:
    """`state` is on, off, failing or turned_off. `former_until`: the former secret signs, too, until then."""

    row: WebhookEndpoint
    state: str
    opens: bool
    events: tuple[tuple[str, str], ...]
    former_until: datetime | None

    @property
    def origin(self) -> str:
        """For those who may only look: the path may be a secret."""
        return origin_of(self.row.url)


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """`state` is delivered, given up, waiting (was tried, or its endpoint is off) or on its way (was not tried)."""

    row: WebhookMessage
    state: str
    kind: str
    what: str
    said: str | None

    @property
    def body(self) -> str:
        """What is sent, on lines that can be read; as it stands where somebody made it unreadable."""
        try:
            return json.dumps(json.loads(self.row.body), indent=2)
        except (ValueError, RecursionError):
            return self.row.body

    @property
    def is_under_way(self) -> bool:
        """Whether it is being sent just now."""
        return self.row.claimed_until is not None and self.row.claimed_until > clock.now()


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One line."""

    row: WebhookAttempt
    said: str


def list_shown() -> list[ShownEndpoint]:
    """Every endpoint, by name."""
    return [_shown(each) for each in service.list_endpoints()]


def show_endpoint(endpoint_id: str) -> ShownEndpoint:
    """One endpoint. Raises EndpointNotFound."""
    return _shown(service.get_endpoint(endpoint_id))


def show_messages(endpoint: ShownEndpoint) -> list[ShownMessage]:
    """The last ones, newest first."""
    return [_shown_message(endpoint, each) for each in service.list_messages(endpoint.row.id)]


def show_message(endpoint: ShownEndpoint, message_id: str) -> ShownMessage:
    """One message. Raises MessageNotFound."""
    return _shown_message(endpoint, service.get_message(endpoint.row.id, message_id))


def show_attempts(message_id: str) -> list[ShownAttempt]:
    """The last ones, newest first."""
    return [ShownAttempt(each, _said(each.problem) or "Taken") for each in service.list_attempts(message_id)]


def notes_of(events: Sequence[str]) -> dict[str, str]:
    """What each event tells of; also those that somebody ticked and that are not there any more."""
    return {
        **PUBLIC_EVENTS,
        **{each: "There is no such event." for each in events if each not in PUBLIC_EVENTS},
    }


def _shown(row: WebhookEndpoint) -> ShownEndpoint:
    state = "on" if row.is_enabled else "off"
    if row.is_enabled and row.failing_since is not None:
        state = "failing"
    if not row.is_enabled and row.turned_off_at is not None:
        state = "turned_off"
    signs = row.former_secret_until is not None and row.former_secret_until > clock.now()
    events = tuple((each, PUBLIC_EVENTS.get(each, "")) for each in row.events.split())
    return ShownEndpoint(row, state, opens(row), events, row.former_secret_until if signs else None)


def _shown_message(endpoint: ShownEndpoint, row: WebhookMessage) -> ShownMessage:
    if row.delivered_at is not None:
        state, kind = "Delivered", "good"
    elif row.due_at is None:
        state, kind = "Given up", "danger"
    elif row.attempts or not endpoint.row.is_enabled:
        state, kind = "Waiting", "accent"
    else:
        state, kind = "On its way", "neutral"
    what = "A test." if row.event == TEST else PUBLIC_EVENTS.get(row.event, "")
    return ShownMessage(row, state, kind, what, _said(row.last_problem))


def _said(problem: str | None) -> str | None:
    return None if problem is None else _PROBLEMS.get(problem, problem)
