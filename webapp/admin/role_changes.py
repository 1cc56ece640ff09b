"""Changes of roles as administrators make them: first a plan that says what would happen, then exactly that.

A plan carries a seal of all that it says. What is done must bear the seal of the plan as it is by then: when a role, or
what it means to others, changed meanwhile, the new plan is to be looked at first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.accounts import roles
from webapp.admin import role_list_store as store
from webapp.admin.role_plan import held_by_in_words, make_plan, seal_of
from webapp.core import clock
from webapp.core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.accounts.models import Account, Role
    from webapp.admin.role_plan import Plan


class PlanOutdated(Conflict):
    """What was looked at is not what would happen now."""

    code = "plan_outdated"
    message = (
        "This was changed meanwhile, so nothing is saved yet. Look at what would happen now, then save it."
    )


def version_of(role: Role) -> str:
    """Which state of a role a form was made from."""
    return seal_of([role.description, roles.scopes_of(role)])


def plan_creation(name: str, description: str, scopes: Iterable[str], *, actor: Account) -> Plan:
    """What a new role would mean. Raises InvalidInput, RoleTaken."""
    name, description, granted = roles.check_new_role(name, description, scopes)
    return make_plan(name, (None, description), (), granted, 0, actor)


def create_role(
    name: str, description: str, scopes: Iterable[str], *, seal: str | None, actor: Account
) -> Plan:
    """Do what this plan says. Raises InvalidInput, RoleTaken, PlanOutdated."""
    roles.hold_roles()
    plan = plan_creation(name, description, scopes, actor=actor)
    _require_seal(plan, seal)
    roles.create_role(plan.name, plan.description[1], plan.after, actor_id=actor.id)
    return plan


def is_so_already(name: str, description: str, scopes: Iterable[str]) -> bool:
    """Whether there is exactly this role."""
    role = roles.get_role(name)
    return (role.description, roles.scopes_of(role)) == (description, tuple(sorted(set(scopes))))


def plan_change(name: str, description: str, scopes: Iterable[str], *, actor: Account) -> Plan:
    """What a change would mean. A built-in role keeps what it keeps. Raises RoleNotFound, RoleBuiltIn, InvalidInput."""
    return _plan_change(roles.get_role(name), description, scopes, actor)


def change_role(
    name: str, description: str, scopes: Iterable[str], *, seal: str | None, actor: Account
) -> Plan:
    """Do what this plan says. Raises as `plan_change` does, and PlanOutdated."""
    role = roles.hold_role(name)
    plan = _plan_change(role, description, scopes, actor)
    _require_seal(plan, seal)
    roles.change_role(role, plan.description[1], plan.after, actor_id=actor.id)
    return plan


def plan_deletion(name: str, *, actor: Account) -> Plan:
    """What deleting the role would mean. Raises RoleNotFound, RoleBuiltIn, RoleRequiresFactor, RoleHeldByMany."""
    return _plan_deletion(roles.get_role(name), actor)


def delete_role(name: str, *, seal: str | None, actor: Account) -> Plan:
    """Do what this plan says; open invitations go on without the role. Raises as above, and PlanOutdated."""
    role = roles.hold_role(name)
    plan = _plan_deletion(role, actor)
    _require_seal(plan, seal)
    for link in store.list_invitations_with(role.name, clock.now()):
        store.leave_out(link, role.name)
    roles.delete_role(role, actor_id=actor.id)
    return plan


def _plan_change(role: Role, description: str, scopes: Iterable[str], actor: Account) -> Plan:
    description, granted = roles.check_change(role, description, {*roles.fixed_scopes(role), *scopes})
    holders = roles.count_holders(role.name)
    return make_plan(
        role.name, (role.description, description), roles.scopes_of(role), granted, holders, actor
    )


def _plan_deletion(role: Role, actor: Account) -> Plan:
    holders, before = roles.require_deletable(role), roles.scopes_of(role)
    plan = make_plan(role.name, (role.description, role.description), before, (), holders, actor)
    happens = [
        held_by_in_words(holders) + (" They lose it, and what it grants." if holders else ""),
        "It counts at once, on every node. A role made later under this name begins with no holders.",
    ]
    invited = len(store.list_invitations_with(role.name, clock.now()))
    if invited:
        named = "One open invitation names" if invited == 1 else f"{invited:,} open invitations name"
        happens.append(f"{named} it. Whoever is invited joins without it.")
    return replace(plan, what_happens=tuple(happens))


def _require_seal(plan: Plan, seal: str | None) -> None:
    if seal != plan.seal:
        raise PlanOutdated
