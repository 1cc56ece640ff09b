"""What may happen to roles: made, changed, deleted. What they grant counts from the next request on, at every node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.accounts import role_store as store
from webapp.accounts import store as account_store
from webapp.accounts.errors import (
    RoleBuiltIn,
    RoleHeldByMany,
    RoleNotFound,
    RoleRequiresFactor,
    RoleTaken,
)
from webapp.accounts.role_words import require_all, require_description, require_scopes
from webapp.accounts.scopes import OWN_SCOPES
from webapp.accounts.service import ADMINISTRATOR
from webapp.config import current_settings
from webapp.core.errors import InvalidInput
from webapp.core.event_names import EventName
from webapp.core.role_names import is_role_name
from webapp.infra.audit import record_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webapp.accounts.models import Role

MOST_COUNTED: Final = 10_000
"""Holders are counted no further, and a role held by more is not deleted in one statement."""
MOST_ROLES: Final = 100
# A token carries what all roles of its owner grant, and one of more than 8 kB is refused.
LONGEST_SCOPE_LIST: Final = 3000


def get_role(name: str) -> Role:
    """The role as it stands now. Raises RoleNotFound."""
    role = store.find_role(name) if is_role_name(name) else None
    if role is None:
        raise RoleNotFound
    return role


def hold_role(name: str) -> Role:
    """The role, for a change: until the unit ends nobody else changes any role, nor gives this one to anybody.

    Raises RoleNotFound.
    """
    hold_roles()
    role = store.hold_role(name) if is_role_name(name) else None
    if role is None:
        raise RoleNotFound
    return role


def hold_roles() -> None:
    """Changes of roles follow each other: what one leaves behind may be what the next has to say."""
    account_store.hold_administrators()


def list_roles() -> Sequence[Role]:
    """Every role, the built-in ones first."""
    return store.list_roles()


def scopes_besides(name: str) -> frozenset[str]:
    """What the other roles grant."""
    return frozenset(store.list_scopes_besides(name))


def scopes_of(role: Role) -> tuple[str, ...]:
    """What the role grants, sorted."""
    return tuple(sorted(each.scope for each in role.scopes))


def count_holders(name: str) -> int:
    """How many accounts hold the role, exact up to MOST_COUNTED; one more for whatever is beyond."""
    return store.count_holders(name, MOST_COUNTED + 1)


def fixed_scopes(role: Role) -> tuple[str, ...]:
    """What the role keeps whatever becomes of it: a built-in one those of this application."""
    return tuple(each for each in scopes_of(role) if role.built_in and each in OWN_SCOPES)


def create_role(name: str, description: str, scopes: Iterable[str], *, actor_id: str) -> None:
    """A new role that nobody holds yet. Raises InvalidInput, RoleTaken."""
    name, description, granted = check_new_role(name, description, scopes)
    if not store.add_role(name, description):
        raise RoleTaken(fields={"name": RoleTaken.message})
    store.change_scopes(name, added=granted, removed=())
    record_event(
        EventName.ROLE_CREATED,
        actor_id=actor_id,
        detail={"name": name, "description": description, "after": list(granted)},
    )


def check_new_role(name: str, description: str, scopes: Iterable[str]) -> tuple[str, str, tuple[str, ...]]:
    """The three as they would be stored. Raises InvalidInput, RoleTaken."""
    name, description, granted = require_all(name, description, scopes)
    names = store.list_names()
    if name in names:
        raise RoleTaken(fields={"name": RoleTaken.message})
    if len(names) >= MOST_ROLES:
        raise InvalidInput(f"There are {MOST_ROLES} roles, which is as many as there can be.")
    return name, description, _check_all(name, granted)


def check_change(role: Role, description: str, scopes: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """What the role would be from then on. Raises RoleBuiltIn, InvalidInput.

    A built-in role keeps its description and its scopes of this application; others may be added to it, except to
    `administrator`, which stands for this application alone.
    """
    if not role.built_in:
        return require_description(description), _check_all(role.name, require_scopes(scopes))
    if role.name == ADMINISTRATOR:
        raise RoleBuiltIn
    fixed, wanted = fixed_scopes(role), require_scopes(scopes)
    if further := [each for each in wanted if each in OWN_SCOPES and each not in fixed]:
        sentence = f"{role.name} is built in: {further[0]} cannot be added to it. Make a role of your own."
        raise InvalidInput(fields={"scopes": sentence})
    return role.description, _check_all(role.name, tuple(sorted({*fixed, *wanted})))


def change_role(role: Role, description: str, scopes: Iterable[str], *, actor_id: str) -> None:
    """Change a held role. Raises RoleBuiltIn, InvalidInput."""
    description, granted = check_change(role, description, scopes)
    former, before = role.description, scopes_of(role)
    if (former, before) == (description, granted):
        return
    detail: dict[str, object] = {"name": role.name, "before": list(before), "after": list(granted)}
    if before == granted:
        detail |= {"before": former, "after": description}
    elif former != description:
        detail |= {"description_before": former, "description_after": description}
    store.describe(role.name, description)
    store.change_scopes(role.name, added=set(granted) - set(before), removed=set(before) - set(granted))
    record_event(EventName.ROLE_CHANGED, actor_id=actor_id, detail=detail)


def require_deletable(role: Role) -> int:
    """How many hold the role. Raises RoleBuiltIn, RoleRequiresFactor, RoleHeldByMany."""
    if role.built_in:
        raise RoleBuiltIn
    if role.name in current_settings().require_mfa_for:
        raise RoleRequiresFactor
    holders = count_holders(role.name)
    if holders > MOST_COUNTED:
        raise RoleHeldByMany
    return holders


def delete_role(role: Role, *, actor_id: str) -> None:
    """Take a held role from everybody, and remove it. Raises as `require_deletable` does."""
    holders = require_deletable(role)
    detail = {"name": role.name, "before": list(scopes_of(role)), "holders": holders}
    store.remove_role(role.name)
    record_event(EventName.ROLE_DELETED, actor_id=actor_id, detail=detail)


def list_missing_required() -> list[str]:
    """Roles that REQUIRE_MFA_FOR names and nobody has made: so spelt, the setting protects nobody."""
    required = current_settings().require_mfa_for
    return sorted(set(required) - store.list_names()) if required else []


def find_requirement_note() -> str | None:
    """What to tell whoever runs this installation, when there is such a role."""
    missing = list_missing_required()
    if not missing:
        return None
    names = " and ".join(missing)
    return (
        f"REQUIRE_MFA_FOR names {names}, and there is no such role: nobody is asked for a second factor by it. "
        "Correct the setting, or make the role."
    )


def _check_all(name: str, scopes: tuple[str, ...]) -> tuple[str, ...]:
    if len(" ".join({*scopes, *store.list_scopes_besides(name)})) > LONGEST_SCOPE_LIST:
        sentence = (
            f"The scopes of all roles may be {LONGEST_SCOPE_LIST} characters together: "
            "whoever holds every role has to carry them in a token."
        )
        raise InvalidInput(fields={"scopes": sentence})
    return scopes
