"""Every query about clients and services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import Select, bindparam, delete, func, or_, select, update

from webapp.accounts.models import RoleScope
from webapp.infra.database import db, find_row, insert_unless_there
from webapp.tokens.models import Client, Service

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

_MOST_LISTED = 1000


class ClientRow(NamedTuple):
    """What a call by a client needs to know of it."""

    id: str
    name: str
    audience: str
    secret_digest: bytes
    last_used_at: datetime | None
    revoked_at: datetime | None


# Made once, and read as columns: every introspection asks these.
_CREDENTIALS = select(
    Client.id, Client.name, Client.audience, Client.secret_digest, Client.last_used_at, Client.revoked_at
).where(Client.id == bindparam("client_id"))
_SCOPES: Select[Any] = select(
    Service.scopes, select(func.aggregate_strings(RoleScope.scope, " ")).scalar_subquery()
).where(Service.audience == bindparam("audience"))


def find_credentials(client_id: str) -> ClientRow | None:
    """The client of that id, revoked or not, as columns."""
    found = find_row(cast("Select[Any]", _CREDENTIALS), client_id=client_id)
    return None if found is None else ClientRow(*found)


def find_scopes(audience: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The scopes of a service, and every scope that roles of this installation mention."""
    found = find_row(_SCOPES, audience=audience)
    return None if found is None else (frozenset(found[0].split()), frozenset((found[1] or "").split()))


def find_client(client_id: str) -> Client | None:
    """The client of that id, revoked or not."""
    query = select(Client).where(Client.id == client_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def hold_client(client_id: str) -> Client | None:
    """The client, which nobody else changes until the unit ends."""
    query = select(Client).where(Client.id == client_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_clients() -> Sequence[Client]:
    """Clients in force first, then the revoked ones; newest first."""
    query = select(Client).order_by(Client.revoked_at.is_not(None), Client.created_at.desc(), Client.id)
    return db.session.scalars(query.limit(_MOST_LISTED)).all()


def count_standing(audience: str) -> int:
    """How many clients of this audience are in force."""
    query = select(func.count()).select_from(Client)
    return db.session.scalar(query.where(Client.audience == audience, Client.revoked_at.is_(None))) or 0


def find_service(audience: str) -> Service | None:
    """The service that goes by this audience."""
    query = select(Service).where(Service.audience == audience)
    return db.session.scalar(query.execution_options(populate_existing=True))


def hold_service(audience: str) -> Service | None:
    """The service, which nobody else changes or removes until the unit ends."""
    query = select(Service).where(Service.audience == audience).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def add_service(service_id: str, audience: str, scopes: str, moment: datetime) -> None:
    """Register a service, unless this audience is registered already."""
    row = {"id": service_id, "audience": audience, "scopes": scopes, "created_at": moment, "version": 1}
    insert_unless_there(Service, **row)


def remove_service(audience: str) -> None:
    """Forget a service: nobody gets tokens for it any more."""
    statement = delete(Service).where(Service.audience == audience)
    db.session.execute(statement.execution_options(synchronize_session="fetch"))


def list_roles_with(scopes: Collection[str]) -> dict[str, list[str]]:
    """Those of these scopes that roles of this installation mention, with the roles' names."""
    if not scopes:
        return {}
    query = select(RoleScope.scope, RoleScope.role_name).where(RoleScope.scope.in_(scopes))
    found: dict[str, list[str]] = {}
    for scope, role in db.session.execute(query.order_by(RoleScope.role_name)):
        found.setdefault(scope, []).append(role)
    return found


def add(client: Client) -> None:
    """Store a new client."""
    db.session.add(client)


def note_use(client_id: str, moment: datetime, before: datetime) -> None:
    """Remember when a client was last heard, unless that was later than `before`: of many at once one writes."""
    db.session.execute(
        update(Client)
        .where(Client.id == client_id, or_(Client.last_used_at.is_(None), Client.last_used_at <= before))
        .values(last_used_at=moment)
        .execution_options(synchronize_session=False)
    )
