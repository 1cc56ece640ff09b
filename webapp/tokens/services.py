"""Services: other applications that take our tokens, each for its own audience and with its own scopes.

A token for a service carries that audience alone and no scope that opens anything here, so a service cannot replay
what it receives, neither here nor at another service (RFC 9068, section 5; RFC 8707, section 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.infra.audit import record_event
from webapp.tokens import client_store
from webapp.tokens.access import issue_access_token
from webapp.tokens.client_words import LONGEST_AUDIENCE, require_scopes
from webapp.tokens.errors import InvalidTarget, ServiceNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.sessions.models import Session
    from webapp.sessions.service import Standing
    from webapp.tokens.access import AccessToken
    from webapp.tokens.chain_store import Chain
    from webapp.tokens.models import Service

_TRIES = 4


def find_service(audience: str) -> Service | None:
    """The registered service of that audience. Our own needs no registration."""
    return client_store.find_service(audience)


def require_target(audience: str | None) -> Service | None:
    """Whom a renewed token is for: None for our own API. Raises InvalidTarget (RFC 8707, section 2)."""
    if audience is None or audience == current_settings().jwt_audience:
        return None
    is_askable = audience.isprintable() and len(audience) <= LONGEST_AUDIENCE
    service = client_store.find_service(audience) if is_askable else None
    if service is None:
        sentence = "No service is registered under this audience. Ask an administrator to register it."
        raise InvalidTarget(fields={"audience": sentence})
    return service


def issue_service_token(service: Service, standing: Standing, session: Session | Chain) -> AccessToken:
    """A plain bearer token for the service: its verifiers know nothing of the browser's key."""
    scopes = held_scopes(service.audience, standing)
    return issue_access_token(session, scopes, counter=session.counter, audience=service.audience)


def held_scopes(audience: str, standing: Standing) -> frozenset[str]:
    """Which scopes of this audience the account holds now: those of its roles for our own, else of the service's.

    A scope that some role mentions is for the holders of such a role. One that no role mentions is the service's own
    word, which this installation has nothing to say about: every account gets it, and the service decides by who the
    person is. Were it withheld instead, nobody could ever hold it until an administrator had written it into a role.
    Somebody who is held back to their own profile holds none (see accounts/models).
    """
    if audience == current_settings().jwt_audience:
        return standing.scopes
    found = client_store.find_scopes(audience)
    if found is None or standing.is_held_back:
        return frozenset()
    wanted, mentioned = found
    return (wanted - mentioned) | (wanted & standing.scopes)


def list_holders(service: Service) -> dict[str, list[str]]:
    """Each scope with the roles that grant it; none of them: every account."""
    scopes = service.scopes.split()
    mentioned = client_store.list_roles_with(scopes)
    return {scope: mentioned.get(scope, []) for scope in scopes}


def register_service(audience: str, scopes: tuple[str, ...]) -> None:
    """Make sure that a client may be added for this audience. Raises InvalidInput where the scopes do not go with it.

    An audience that is registered keeps the scopes it has: they are changed on purpose, not by a second client.
    """
    if audience == current_settings().jwt_audience:
        if scopes:
            sentence = (
                "Tokens for this application carry the scopes of its roles. "
                "Leave this empty, or name another audience."
            )
            raise InvalidInput(fields={"scopes": sentence})
        return
    service = _add_or_hold(audience, " ".join(scopes))
    if scopes and " ".join(scopes) != service.scopes:
        sentence = (
            "This audience is registered with other scopes. "
            "Leave this empty, and change them on the client's page."
        )
        raise InvalidInput(fields={"scopes": sentence})


def _add_or_hold(audience: str, scopes: str) -> Service:
    """The service, new or not, held until the unit ends: nobody takes it away before its client is stored."""
    for _ in range(_TRIES):
        client_store.add_service(new_id(), audience, scopes, clock.now())
        service = client_store.hold_service(audience)
        if service is not None:
            return service
        # It went with its last client between the two statements.
    raise Conflict


def change_scopes(
    audience: str, values: Iterable[str], *, version: str | None, actor_id: str | None = None
) -> None:
    """What tokens for the service may carry from now on; those out there lose what was taken away at introspection.

    Raises ServiceNotFound, Conflict when the form was made from another state, InvalidInput.
    """
    scopes = require_scopes(values)
    service = hold_service(audience)
    if service is None:
        raise ServiceNotFound
    if version != str(service.version):
        raise Conflict
    before = service.scopes.split()
    if before == list(scopes):
        return
    service.scopes = " ".join(scopes)
    service.version += 1
    detail = {"audience": audience, "before": before, "after": list(scopes)}
    record_event(EventName.SERVICE_SCOPES_CHANGED, actor_id=actor_id, detail=detail)


def hold_service(audience: str) -> Service | None:
    """The service, for a change: until the unit ends nobody else changes it."""
    return client_store.hold_service(audience)


def drop_unclaimed(audience: str) -> None:
    """Let a held service go when no client of it is in force."""
    if client_store.count_standing(audience) == 0:
        client_store.remove_service(audience)
