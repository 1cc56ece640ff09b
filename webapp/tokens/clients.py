"""Clients: programs that may ask about the tokens of one audience, known by a secret of which a digest is kept.

A client of another audience than our own stands for a service (see tokens/services): its first client registers the
service, and with its last one in force the service goes.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.opaque import digest_of, new_id, new_opaque_token
from webapp.infra.audit import record_event
from webapp.tokens import client_store, services
from webapp.tokens.client_words import require_audience, require_client_name, require_scopes
from webapp.tokens.errors import (
    ClientNotFound,
    ClientRegistered,
    ClientRevoked,
    InvalidClient,
    SecretReplaced,
)
from webapp.tokens.models import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

# Compared when there is no such client, so that an unknown id and a wrong secret take the same way.
_NOBODY = bytes(32)
_ID = re.compile(r"[a-z2-7]{26}")
_USE_STEP = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class KnownClient:
    """The client behind a call."""

    id: str
    name: str
    audience: str
    last_used_at: datetime | None

    @property
    def needs_use_note(self) -> bool:
        """Whether this use should be written down: at most once a minute."""
        return self.last_used_at is None or clock.now() - self.last_used_at >= _USE_STEP


def register_client(
    name: str,
    audience: str | None = None,
    scopes: Iterable[str] = (),
    *,
    client_id: str | None = None,
    actor_id: str | None = None,
) -> tuple[Client, str]:
    """A new client and its secret, which is shown now and never again. The audience is our own where none is given.

    `client_id` is chosen by a form that may be sent twice: ClientRegistered then. Raises InvalidInput for unusable
    values, and for scopes that do not go with the audience.
    """
    if not client_id or not _ID.fullmatch(client_id):
        client_id = new_id()
    elif client_store.find_client(client_id) is not None:
        raise ClientRegistered
    name = require_client_name(name)
    own = current_settings().jwt_audience
    audience = own if audience in {None, own} else require_audience(audience or "")
    services.register_service(audience, require_scopes(scopes))
    secret = new_opaque_token()
    client = Client(
        id=client_id,
        name=name,
        audience=audience,
        secret_digest=digest_of(secret),
        created_at=clock.now(),
    )
    client_store.add(client)
    _record(EventName.CLIENT_CREATED, client, actor_id)
    return client, secret


def authenticate_client(client_id: str, secret: str) -> KnownClient:
    """The client these credentials belong to. Raises InvalidClient, whichever of them is wrong.

    Asked of the database each time, so that a revocation and a new secret count at once on every node. The secret
    has 256 random bits, so a plain digest is as good as a slow one, and guessing is hopeless.
    """
    row = client_store.find_credentials(client_id) if _ID.fullmatch(client_id) else None
    fits = hmac.compare_digest(row.secret_digest if row else _NOBODY, digest_of(secret))
    if row is None or not fits or row.revoked_at is not None:
        raise InvalidClient
    return KnownClient(row.id, row.name, row.audience, row.last_used_at)


def note_use(client_id: str) -> None:
    """Write down that a client was heard."""
    moment = clock.now()
    client_store.note_use(client_id, moment, moment - _USE_STEP)


def get_client(client_id: str) -> Client:
    """The client, revoked or not. Raises ClientNotFound."""
    client = client_store.find_client(client_id) if _ID.fullmatch(client_id) else None
    if client is None:
        raise ClientNotFound
    return client


def list_clients() -> Sequence[Client]:
    """Every client, those in force first."""
    return client_store.list_clients()


def is_last_of_service(client: Client) -> bool:
    """Whether revoking this client takes a service away. For showing; `revoke_client` decides."""
    return (
        client.audience != current_settings().jwt_audience
        and client.revoked_at is None
        and client_store.count_standing(client.audience) == 1
    )


def secret_version(client: Client) -> str:
    """Which secret it is that a form is to replace; tells nothing of the secret."""
    return digest_of(client.secret_digest.hex()).hex()[:16]


def replace_secret(client_id: str, *, version: str | None, actor_id: str | None = None) -> tuple[Client, str]:
    """The client and its new secret; the old one, of that version, dies with this unit.

    Raises ClientNotFound, ClientRevoked, and SecretReplaced when it is another secret by now.
    """
    client = _hold(client_id)
    if client.revoked_at is not None:
        raise ClientRevoked
    if version != secret_version(client):
        raise SecretReplaced
    secret = new_opaque_token()
    client.secret_digest = digest_of(secret)
    _record(EventName.CLIENT_SECRET_REPLACED, client, actor_id)
    return client, secret


def revoke_client(client_id: str, *, actor_id: str | None = None) -> Client:
    """Refuse this client from the next call on; once more is harmless. Raises ClientNotFound."""
    audience = get_client(client_id).audience
    # The service before the client, in the order of registering, so that no two wait for each other.
    services.hold_service(audience)
    client = _hold(client_id)
    if client.revoked_at is None:
        client.revoked_at = clock.now()
        _record(EventName.CLIENT_REVOKED, client, actor_id)
        services.drop_unclaimed(audience)
    return client


def _hold(client_id: str) -> Client:
    get_client(client_id)
    client = client_store.hold_client(client_id)
    if client is None:
        raise ClientNotFound
    return client


def _record(name: EventName, client: Client, actor_id: str | None) -> None:
    detail = {"client": client.id, "name": client.name, "audience": client.audience}
    record_event(name, actor_id=actor_id, detail=detail)
