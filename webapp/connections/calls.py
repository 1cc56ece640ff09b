"""Calls through a connection: what is asked is checked against it, in a unit of work; made outside of any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from webapp.connections.credentials import credential_of, shown_credential
from webapp.connections.errors import CallNotAllowed, CallTooLarge, ConnectionOff, QuotaUsed
from webapp.connections.headers import pick_sent
from webapp.connections.keys import open_key
from webapp.connections.masking import mask_text
from webapp.connections.paths import require_path, write_target
from webapp.connections.prepared import Answered, PreparedCall, ShownCall, read_start
from webapp.connections.under_way import Desk, Use, Whose
from webapp.connections.use import OVERALL_LANE, PERSON_LANE, person_key
from webapp.core.limit import Limit
from webapp.core.origin import current_origin
from webapp.core.parts import part
from webapp.infra.outbound.exchanges import Outbound
from webapp.infra.outbound.targets import parse_base_url
from webapp.infra.throttle import Throttle, TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.connections.models import Connection
    from webapp.connections.prepared import Arriving
    from webapp.infra.throttle import Ticket

__all__ = ["Answered", "Asked", "PreparedCall", "ShownCall", "prepare_call", "read_start", "try_connection"]
_AGENT: Final = ("User-Agent", "Latchkey")
# A key inside a compressed answer could not be seen, and one of a kilobyte may unfold into gigabytes.
_PLAIN: Final = ("Accept-Encoding", "identity")
_TRIAL_SECONDS: Final = 30
_TRIALS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as its sender wrote it. `path` is decoded and begins with a slash, `query` is raw."""

    method: str
    path: str
    query: str = ""
    headers: Iterable[tuple[str, str]] = ()
    body: bytes | Arriving | None = None


def prepare_call(connection: Connection, asked: Asked, *, account_id: str, session_id: str) -> PreparedCall:
    """A person's call, which counts as one from here on.

    Raises ConnectionOff, CallNotAllowed, MalformedRequest, ParameterNotAllowed, CallTooLarge, SealBroken, QuotaUsed.
    """
    if not connection.is_enabled:
        raise ConnectionOff
    request_id = current_origin().request_id
    prepared = _prepare(connection, asked, Whose(account_id, session_id, request_id))
    return replace(prepared, tickets=_take_quota(connection, account_id))


def try_connection(  # noqa: PLR0913 - the fields of a form
    connection: Connection,
    method: str,
    path: str,
    *,
    query: str = "",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    actor_id: str,
    request_id: str,
) -> PreparedCall:
    """The same call for an administrator, also of a connection that is turned off.

    It uses up nobody's quota, is not among the calls that are shown, and takes half a minute at most. Raises as
    `prepare_call` does.
    """
    asked = Asked(method, path, query, headers, body)
    prepared = _prepare(connection, asked, Whose(actor_id, None, request_id))
    return replace(
        prepared,
        call_seconds=min(prepared.call_seconds, _TRIAL_SECONDS),
        calls_at_once=max(prepared.calls_at_once, _TRIALS_AT_ONCE),
    )


def _prepare(connection: Connection, asked: Asked, whose: Whose) -> PreparedCall:
    """Raises CallNotAllowed, CallTooLarge, MalformedRequest, ParameterNotAllowed, SealBroken."""
    if asked.method not in connection.methods.split():
        raise CallNotAllowed
    require_path(asked.path, connection.paths.splitlines())
    length = len(asked.body or b"") if isinstance(asked.body, bytes | None) else asked.body.length
    if length > connection.most_sent:
        raise CallTooLarge
    credential, shown = credential_of(connection, open_key(connection)), shown_credential(connection)
    target = parse_base_url(connection.base_url)
    picked = pick_sent(asked.headers, connection.request_headers.splitlines(), credential.header_name)
    picked += [_PLAIN, _AGENT]
    if not isinstance(asked.body, bytes | None):
        # Of a body in hand Outbound knows it.
        picked.append(("Content-Length", str(length)))
    own = [credential.header] if credential.header else []
    path_and_query = write_target(target.path, asked.path, asked.query, credential.parameter)
    shown_target = write_target(target.path, asked.path, asked.query, shown.parameter).decode("ascii")
    return PreparedCall(
        use=Use(connection.id, connection.name, whose, asked.method, mask_text(credential.forms, asked.path)),
        shown_target=shown_target,
        shown_headers=[*picked, *([shown.header] if shown.header else [])],
        target=target,
        path_and_query=path_and_query,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in picked + own],
        body=asked.body,
        forms=credential.forms,
        answer_headers=tuple(connection.answer_headers.splitlines()),
        most_answered=connection.most_answered,
        answer_seconds=connection.answer_seconds,
        call_seconds=connection.call_seconds,
        calls_at_once=connection.calls_at_once,
        tickets=(),
        desk=part(Desk),
        outbound=part(Outbound),
        throttle=part(Throttle),
    )


def _take_quota(connection: Connection, account_id: str) -> tuple[Ticket, ...]:
    wanted = [(PERSON_LANE, person_key(connection.id, account_id), Limit.parse(connection.per_person))]
    if connection.overall:
        wanted.append((OVERALL_LANE, connection.id, Limit.parse(connection.overall)))
    try:
        return tuple(part(Throttle).count_all(wanted))
    except TooManyAttempts as refused:
        raise QuotaUsed(retry_after=refused.retry_after) from None
