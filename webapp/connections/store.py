"""Every query about connections themselves; those about their use are in use_store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from webapp.accounts.models import RoleScope
from webapp.connections.models import Connection
from webapp.infra.database import db, insert_unless_there

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def find_connection(connection_id: str) -> Connection | None:
    """The connection of that id, as the database holds it now."""
    query = select(Connection).where(Connection.id == connection_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_named(name: str) -> Connection | None:
    """The connection of that name, as the database holds it now."""
    query = select(Connection).where(Connection.name == name)
    return db.session.scalar(query.execution_options(populate_existing=True))


def hold_connection(connection_id: str) -> Connection | None:
    """The connection, which nobody else changes until the unit ends."""
    query = select(Connection).where(Connection.id == connection_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_connections() -> Sequence[Connection]:
    """Every connection, by name."""
    return db.session.scalars(select(Connection).order_by(Connection.name)).all()


def list_named(names: Collection[str]) -> Sequence[Connection]:
    """Those of these names that there are, by name."""
    query = select(Connection).where(Connection.name.in_(names)).order_by(Connection.name)
    return db.session.scalars(query).all()


def count_connections() -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(Connection)) or 0


def add_connection(**values: object) -> bool:
    """Store a connection; False when its id or name is taken."""
    return insert_unless_there(Connection, **values)


def change_connection(connection_id: str, values: Mapping[str, Any]) -> None:
    """Store what changed of a held connection."""
    statement = update(Connection).where(Connection.id == connection_id).values(**values)
    db.session.execute(statement.execution_options(synchronize_session="evaluate"))


def remove_connection(connection_id: str) -> None:
    """Let go of it, its last calls and its figures."""
    statement = delete(Connection).where(Connection.id == connection_id)
    db.session.execute(statement.execution_options(synchronize_session="fetch"))


def list_roles_by_scope(prefix: str) -> dict[str, list[str]]:
    """The roles that grant each scope of this beginning, by name."""
    query = select(RoleScope.scope, RoleScope.role_name).where(
        RoleScope.scope.startswith(prefix, autoescape=True)
    )
    found: dict[str, list[str]] = {}
    for scope, role in db.session.execute(query.order_by(RoleScope.role_name)):
        found.setdefault(scope, []).append(role)
    return found
