"""What other programs may be told of: public names, and which facts of an event of the audit stand in a message.

Ids and public facts only: no address, no name that a person chose, nothing that somebody typed, no token.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from webapp.core.event_names import EventName
from webapp.infra.audit import read_detail

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webapp.infra.models import AuditEvent

TEST: Final = "webhook.test"
BURST: Final = "login.failed.burst"

# What an endpoint can ask for, in words. A name, once released, is never given another meaning.
PUBLIC_EVENTS: Final[Mapping[str, str]] = {
    "account.created": "Somebody got an account.",
    "account.locked": "An account was locked.",
    "account.unlocked": "The lock of an account was lifted, or ran out.",
    "account.deleted": "An account was deleted, for good.",
    "account.roles_changed": "The roles of an account changed.",
    "refresh.reused": "A spent refresh token was shown again, and the session ended.",
    BURST: "Far more sign-ins failed than usual: of one account, or of all together.",
    "factor.added": "An account has another second factor.",
    "factor.removed": "An account has one second factor fewer, or none.",
    "role.changed": "A role was made, changed or deleted.",
    "signing_key.changed": "A signing key was made, signs from now on, or is no longer to be trusted.",
    "connection.key_replaced": "The key of a connection was replaced.",
    "backup.made": "A backup of the database was made.",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """`said` stands in every message of the kind; `facts` are taken from the event's detail where it has them."""

    public: str
    said: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()


def _key(change: str) -> _Source:
    return _Source("signing_key.changed", {"change": change}, ("kid",))


def _role(change: str) -> _Source:
    return _Source("role.changed", {"change": change}, ("name",))


def _factor(change: str, factor: str) -> _Source:
    return _Source(f"factor.{change}", {"factor": factor})


_SOURCES: Final[Mapping[str, _Source]] = {
    EventName.ACCOUNT_CREATED: _Source("account.created"),
    EventName.ACCOUNT_LOCKED: _Source("account.locked"),
    EventName.ACCOUNT_UNLOCKED: _Source("account.unlocked"),
    EventName.ACCOUNT_DELETED: _Source("account.deleted"),
    EventName.ROLES_CHANGED: _Source("account.roles_changed", facts=("before", "after")),
    EventName.REFRESH_TOKEN_REUSED: _Source("refresh.reused"),
    EventName.LOGIN_FAILED_BURST: _Source(BURST, facts=("failures", "minutes", "usual")),
    EventName.TOTP_ENROLLED: _factor("added", "totp"),
    EventName.PASSKEY_ADDED: _factor("added", "passkey"),
    EventName.TOTP_REMOVED: _factor("removed", "totp"),
    EventName.PASSKEY_REMOVED: _factor("removed", "passkey"),
    EventName.FACTORS_RESET: _factor("removed", "all"),
    EventName.ROLE_CREATED: _role("created"),
    EventName.ROLE_CHANGED: _role("changed"),
    EventName.ROLE_DELETED: _role("deleted"),
    EventName.SIGNING_KEY_CREATED: _key("created"),
    EventName.SIGNING_KEY_ACTIVATED: _key("activated"),
    EventName.SIGNING_KEY_RETIRING: _key("retiring"),
    EventName.SIGNING_KEY_RETIRED: _key("retired"),
    EventName.SIGNING_KEY_REVOKED: _key("revoked"),
    EventName.CONNECTION_KEY_REPLACED: _Source("connection.key_replaced", facts=("name",)),
    EventName.BACKUP_MADE: _Source("backup.made"),
}


def public_name_of(name: str) -> str | None:
    """Under which name an event of the audit is told; None for most, which nobody is told of."""
    source = _SOURCES.get(name)
    return None if source is None else source.public


def body_of(event: AuditEvent) -> str:
    """The message of an event that has a public name, as it is sent."""
    source, detail = _SOURCES[event.name], read_detail(event) or {}
    whose = {
        "account_id": event.account_id,
        "actor_id": event.actor_id,
        "session_id": event.session_id,
    }
    data: dict[str, object] = {name: value for name, value in whose.items() if value is not None}
    data |= source.said
    data |= {name: detail[name] for name in source.facts if name in detail}
    return write_body(source.public, event.occurred_at, data)


def write_body(public_name: str, moment: datetime, data: Mapping[str, object]) -> str:
    """The form of every message (Standard Webhooks): what, when, and the facts."""
    said = {"type": public_name, "timestamp": moment.isoformat(timespec="milliseconds"), "data": data}
    return json.dumps(said, separators=(",", ":"))
