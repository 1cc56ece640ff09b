"""Who may use a connection: whoever holds a role that grants its scope. Kept where roles are, and audited there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.accounts import roles
from webapp.accounts.service import ADMINISTRATOR
from webapp.connections import store
from webapp.connections.models import scope_of
from webapp.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.connections.models import Connection

_SCOPES: Final = scope_of("")


def roles_of(connection: Connection) -> tuple[str, ...]:
    """The roles whose holders may use it, by name."""
    return tuple(store.list_roles_by_scope(connection.scope).get(connection.scope, ()))


def roles_by_name() -> dict[str, tuple[str, ...]]:
    """For the names of connections, the roles whose holders may use them."""
    found = store.list_roles_by_scope(_SCOPES)
    return {scope.removeprefix(_SCOPES): tuple(names) for scope, names in found.items()}


def let_use(name: str, wanted: Collection[str], actor_id: str) -> None:
    """Make these roles, and no others, grant the scope. Needs the roles held. Raises InvalidInput."""
    scope = scope_of(name)
    everyone = {each.name: each for each in roles.list_roles()}
    if ADMINISTRATOR in wanted:
        raise InvalidInput(
            fields={"roles": f"{ADMINISTRATOR} stands for this application alone. Choose other roles."}
        )
    if unknown := sorted(set(wanted) - everyone.keys()):
        raise InvalidInput(fields={"roles": f"There is no role {unknown[0]}."})
    for role in everyone.values():
        before = set(roles.scopes_of(role))
        after = before | {scope} if role.name in wanted else before - {scope}
        if after == before:
            continue
        try:
            roles.change_role(role, role.description, after, actor_id=actor_id)
        except InvalidInput as problem:
            sentence = (problem.fields or {}).get("scopes", problem.message)
            raise InvalidInput(fields={"roles": f"{role.name}: {sentence}"}) from None
