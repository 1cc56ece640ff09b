"""The connections that a person may use, for their front end: what each takes, and how they have used it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel

from webapp.access.denials import record_denial
from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.accounts.scopes import is_known_here, is_scope
from webapp.config import current_settings
from webapp.connections.credentials import shown_credential
from webapp.connections.errors import ConnectionNotFound
from webapp.connections.models import scope_of
from webapp.connections.service import get_named, list_usable
from webapp.connections.use import last_calls, quota_of
from webapp.tokens.errors import InsufficientScope
from webapp.web.versions import Api, binds_senders

if TYPE_CHECKING:
    from webapp.connections.models import Connection, ConnectionCall

api = Api("connections")


class AuthAnswer(BaseModel):
    """How the key is sent; `name` is that of the user, the header or the parameter, empty for a bearer."""

    type: Literal["bearer", "basic", "header", "query"]
    name: str


class SendsAnswer(BaseModel):
    """What is added to every call, as pairs of name and value: the key stands masked in it."""

    headers: list[list[str]]
    query: list[list[str]]


class LimitsAnswer(BaseModel):
    """What bounds a call: windows as calls/length, sizes in bytes. `overall` is null where all together are not."""

    per_person: str
    overall: str | None
    most_sent: int
    most_answered: int
    answer_seconds: int
    call_seconds: int
    calls_at_once: int


class QuotaAnswer(BaseModel):
    """The person's calls in the present window of so many seconds."""

    limit: int
    seconds: int
    used: int
    resets_at: datetime


class ConnectionAnswer(BaseModel):
    """One service. Calls go to `url` and what follows it; in `paths` a star spans slashes.

    `request_headers` go along besides Accept, Accept-Language and Content-Type.
    """

    name: str
    purpose: str
    enabled: bool
    url: str
    base_url: str
    host: str
    auth: AuthAnswer
    sends: SendsAnswer
    methods: list[str]
    paths: list[str]
    request_headers: list[str]
    answer_headers: list[str]
    limits: LimitsAnswer
    quota: QuotaAnswer


class ConnectionList(BaseModel):
    """Those this person may use, by name."""

    connections: list[ConnectionAnswer]


class CallAnswer(BaseModel):
    """One call that is over. `status` is the service's, null where it never answered; `error` is our code, if any."""

    at: datetime
    method: str
    path: str
    status: int | None
    error: str | None
    sent_bytes: int
    answered_bytes: int
    first_byte_ms: int | None
    milliseconds: int
    request_id: str


class UsedConnectionAnswer(ConnectionAnswer):
    """One service with this person's last calls of it, the latest first."""

    calls: list[CallAnswer]


@api.add("GET", "/connections", access=bearer(), answers={200: ConnectionList})
def list_connections() -> ConnectionList:
    """The connections this person may use."""
    standing = caller()
    found = list_usable(standing.scopes)
    return ConnectionList(
        connections=[ConnectionAnswer(**_facts(each, standing.account_id)) for each in found]
    )


@api.add(
    "GET",
    "/connections/<name>",
    access=bearer(),
    answers={200: UsedConnectionAnswer},
    problems=(InsufficientScope, ConnectionNotFound),
)
def read_connection(name: str) -> UsedConnectionAnswer:
    """One connection, and this person's last calls of it."""
    _require_scope(name)
    connection, account_id = get_named(name), caller().account_id
    calls = [_call(each) for each in last_calls(account_id, connection.id)]
    return UsedConnectionAnswer(**_facts(connection, account_id), calls=calls)


def _require_scope(name: str) -> None:
    """Which names there are, nobody learns who may not use them. Raises InsufficientScope, ConnectionNotFound."""
    standing, scope = caller(), scope_of(name)
    if scope in standing.scopes:
        return
    if not (is_scope(scope) and is_known_here(scope)):
        # What no role can grant is not repeated in a header or an event, either.
        raise ConnectionNotFound
    record_denial(standing, scope)
    raise InsufficientScope(scope=scope)


def _facts(connection: Connection, account_id: str) -> dict[str, Any]:
    quota, host = quota_of(connection, account_id), urlsplit(connection.base_url).netloc
    return {
        "name": connection.name,
        "purpose": connection.purpose,
        "enabled": connection.is_enabled,
        "url": f"{current_settings().public_url}/api/{'v2' if binds_senders() else 'v1'}/connections/{connection.name}",
        "base_url": connection.base_url,
        "host": host,
        "auth": AuthAnswer(type=cast("Any", connection.auth_kind), name=connection.auth_name),
        "sends": _sends(connection, host),
        "methods": connection.methods.split(),
        "paths": connection.paths.splitlines(),
        "request_headers": connection.request_headers.splitlines(),
        "answer_headers": connection.answer_headers.splitlines(),
        "limits": LimitsAnswer(
            per_person=connection.per_person,
            overall=connection.overall or None,
            most_sent=connection.most_sent,
            most_answered=connection.most_answered,
            answer_seconds=connection.answer_seconds,
            call_seconds=connection.call_seconds,
            calls_at_once=connection.calls_at_once,
        ),
        "quota": QuotaAnswer(
            limit=quota.limit.count, seconds=quota.limit.seconds, used=quota.used, resets_at=quota.resets_at
        ),
    }


def _sends(connection: Connection, host: str) -> SendsAnswer:
    credential = shown_credential(connection)
    headers = [["Host", host], ["Accept-Encoding", "identity"], ["User-Agent", "Latchkey"]]
    return SendsAnswer(
        headers=[*headers, *([list(credential.header)] if credential.header else [])],
        query=[list(credential.parameter)] if credential.parameter else [],
    )


def _call(call: ConnectionCall) -> CallAnswer:
    return CallAnswer.model_validate(call, from_attributes=True)
