"""Every query about roles themselves: what they grant, who holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from webapp.accounts.models import AccountRole, Role, RoleScope
from webapp.infra.database import db, insert_unless_there

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def find_role(name: str) -> Role | None:
    """The role as the database holds it now."""
    query = select(Role).where(Role.name == name)
    return db.session.scalar(query.execution_options(populate_existing=True))


def hold_role(name: str) -> Role | None:
    """The role, which nobody else changes or gives to anybody until the unit ends."""
    query = select(Role).where(Role.name == name).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_roles() -> Sequence[Role]:
    """Every role with its scopes: the built-in ones first, each kind by name."""
    query = select(Role).order_by(Role.built_in.desc(), Role.name)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def list_names() -> set[str]:
    """The names of every role."""
    return set(db.session.scalars(select(Role.name)))


def list_scopes_besides(name: str) -> set[str]:
    """What every other role grants."""
    return set(db.session.scalars(select(RoleScope.scope).where(RoleScope.role_name != name).distinct()))


def count_holders(name: str, most: int) -> int:
    """How many accounts hold the role; counted no further than `most`."""
    held = select(AccountRole.account_id).where(AccountRole.role_name == name).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(held)) or 0


def add_role(name: str, description: str) -> bool:
    """Store a role without scopes; False when there is one of that name."""
    return insert_unless_there(Role, name=name, description=description, built_in=False)


def describe(name: str, description: str) -> None:
    """Store what the role is for."""
    db.session.execute(update(Role).where(Role.name == name).values(description=description))


def change_scopes(name: str, *, added: Collection[str], removed: Collection[str]) -> None:
    """Grant some scopes more and others no more."""
    if removed:
        gone = delete(RoleScope).where(RoleScope.role_name == name, RoleScope.scope.in_(removed))
        db.session.execute(gone.execution_options(synchronize_session=False))
    if added:
        db.session.execute(insert(RoleScope), [{"role_name": name, "scope": each} for each in sorted(added)])


def remove_role(name: str) -> None:
    """Take the role from everybody, and let it go."""
    for statement in (
        delete(AccountRole).where(AccountRole.role_name == name),
        delete(RoleScope).where(RoleScope.role_name == name),
        delete(Role).where(Role.name == name),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    # What this unit had read of roles and their holders is out of date.
    db.session.expire_all()
