"""The audit trail: who did what to whom, from where, and how it ended."""

from __future__ import annotations

import hashlib
import json
import logging
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Literal

from webapp.core import clock
from webapp.core.origin import current_origin
from webapp.core.parts import part
from webapp.infra.database import db
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

    from webapp.core.event_names import EventName

FORM = 1
_MAPPED = b"\x00" * 10 + b"\xff\xff"
_log = logging.getLogger("latchkey.audit")


class EventListeners:
    """Who hears of each event in the unit that records it: features that infra does not know."""

    def __init__(self, *listeners: Callable[[AuditEvent], None]) -> None:
        self._listeners = listeners

    def hear(self, event: AuditEvent) -> None:
        """Called before the event is stored. What a listener raises, the unit fails with."""
        for listener in self._listeners:
            listener(event)


def record_event(
    name: EventName,
    *,
    account_id: str | None = None,
    actor_id: str | None = None,
    session_id: str | None = None,
    result: Literal["success", "failure"] = "success",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add an event to the present unit: it is stored exactly when what it speaks of is.

    `account_id` is whom it happened to, `actor_id` who did it (None: the account itself, or nobody known).
    `detail` holds public facts only, never what somebody typed into a password or name field that failed.
    """
    origin = current_origin()
    event = AuditEvent(
        occurred_at=clock.now(),
        name=str(name),
        result=result,
        account_id=account_id,
        actor_id=actor_id,
        session_id=session_id,
        via=origin.via,
        address=origin.address[:45],
        address_bits=bits_of_address(origin.address),
        user_agent=origin.user_agent[:512],
        request_id=origin.request_id[:64],
        detail=json.dumps(detail or {}, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        form=FORM,
        digest=b"",
    )
    event.digest = digest_of_event(event)
    db.session.add(event)
    part(EventListeners).hear(event)
    _log.info(
        "%s",
        name,
        extra={
            "event": str(name),
            "result": result,
            "account": account_id,
            "actor": actor_id,
            "session": session_id,
        },
    )


def read_detail(event: AuditEvent) -> dict[str, Any] | None:
    """What the detail of an event says; None where somebody made it unreadable."""
    try:
        found = json.loads(event.detail)
        if "\\u" in event.detail:
            # Half of a pair of surrogates is JSON, and no text that could be sent.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def listed(value: object) -> str:
    """A value of an event's detail in words: several with commas, "none" for an empty list."""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return "" if value is None else str(value)


def bits_of_address(address: str) -> bytes | None:
    """16 bytes, an IPv4 address as mapped into IPv6 (RFC 4291, section 2.5.5.2); None for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.packed if isinstance(found, IPv6Address) else _MAPPED + found.packed


def digest_of_event(event: AuditEvent) -> bytes:
    """SHA-256 over the canonical form of a row."""
    return digest_of_form(canonical_form(event))


def digest_of_form(form: str) -> bytes:
    """SHA-256 over a canonical form, which is ASCII."""
    return hashlib.sha256(form.encode("ascii")).digest()


def canonical_form(event: AuditEvent | Row[Any], occurred_at: str | None = None) -> str:
    """A JSON array of the columns of a row in a fixed order; its moment may be given as the text that stands there."""
    columns = [
        event.form,
        event.occurred_at.isoformat(timespec="microseconds") if occurred_at is None else occurred_at,
        event.name,
        event.result,
        event.account_id,
        event.actor_id,
        event.session_id,
        event.via,
        event.address,
        event.user_agent,
        event.request_id,
        event.detail,
    ]
    return json.dumps(columns, separators=(",", ":"), ensure_ascii=True)
