"""Changes of roles as administrators make them: first a plan that says what would happen, then exactly that.

A plan carries a seal of all that it says. What is done must bear the seal of the plan as it is by then: when a role, or
what it means to others, changed meanwhile, the new plan is to be looked at first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts import roles
from webapp.accounts.scopes import opens_administration
from webapp.admin import role_list_store as store
from webapp.admin.role_list import in_words, services_by_scope
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict
from webapp.core.opaque import digest_of
from webapp.sessions.limits import ADMINISTRATOR_ABSOLUTE, ADMINISTRATOR_IDLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from webapp.accounts.models import Account, Role

_NOW = "It counts at once, on every node: with the next request, without signing in again."
_LATER = (
    "In access tokens a scope taken away is void at once; one that is added comes with the next renewal. "
    "Services that check tokens by key alone see what was in them until they run out."
)


class PlanOutdated(Conflict):
    """What was looked at is not what would happen now."""

    code = "plan_outdated"
    message = (
        "This was changed meanwhile, so nothing is saved yet. Look at what would happen now, then save it."
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a role would be, and what that means. `warnings` are the sentences nobody should read past."""

    name: str
    # Former and later; the former is None for a new role.
    description: tuple[str | None, str]
    before: tuple[str, ...]
    after: tuple[str, ...]
    holders: int
    what_happens: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        """Whether there is no such role yet."""
        return self.description[0] is None

    @property
    def added(self) -> list[str]:
        """Scopes it would grant that it does not grant now."""
        return sorted(set(self.after) - set(self.before))

    @property
    def removed(self) -> list[str]:
        """Scopes it grants now and would grant no more."""
        return sorted(set(self.before) - set(self.after))

    @property
    def changes_nothing(self) -> bool:
        """Whether saving would leave everything as it is."""
        return (self.description[0], self.before) == (self.description[1], self.after)

    @property
    def seal(self) -> str:
        """Which plan this is. Without the number of holders, which changes all day where a role is in use; but who is
        told that nobody would administer by it means nobody.
        """
        facts = [self.name, self.description, self.before, self.after, self.warnings]
        if any(map(opens_administration, self.added)):
            facts.append("held" if self.holders else "held by nobody")
        return _sealed(facts)


def version_of(role: Role) -> str:
    """Which state of a role a form was made from."""
    return _sealed([role.description, roles.scopes_of(role)])


def plan_creation(name: str, description: str, scopes: Iterable[str], *, actor: Account) -> Plan:
    """What a new role would mean. Raises InvalidInput, RoleTaken."""
    name, description, granted = roles.check_new_role(name, description, scopes)
    return _plan(name, (None, description), (), granted, 0, actor)


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
    return _plan(role.name, (role.description, description), roles.scopes_of(role), granted, holders, actor)


def _plan_deletion(role: Role, actor: Account) -> Plan:
    holders, before = roles.require_deletable(role), roles.scopes_of(role)
    plan = _plan(role.name, (role.description, role.description), before, (), holders, actor)
    happens = [
        _held_by(holders) + (" They lose it, and what it grants." if holders else ""),
        "It counts at once, on every node. A role made later under this name begins with no holders.",
    ]
    invited = len(store.list_invitations_with(role.name, clock.now()))
    if invited:
        named = "One open invitation names" if invited == 1 else f"{invited:,} open invitations name"
        happens.append(f"{named} it. Whoever is invited joins without it.")
    return Plan(role.name, plan.description, before, (), holders, tuple(happens), plan.warnings)


def _plan(
    name: str,
    description: tuple[str | None, str],
    before: tuple[str, ...],
    after: tuple[str, ...],
    holders: int,
    actor: Account,
) -> Plan:
    added, removed = set(after) - set(before), set(before) - set(after)
    is_new = description[0] is None
    happens = ["Nobody holds it until an administrator gives it to an account."] if is_new else []
    if not is_new and (added or removed):
        happens += [_held_by(holders), _NOW, _LATER]
    elif not is_new:
        happens.append("Only the description changes: nobody gains or loses anything.")
    if name in current_settings().require_mfa_for:
        happens.append("REQUIRE_MFA_FOR names it: its holders need a second factor.")
    warnings = [
        *_about_administration(added, before, after),
        *_about_services(name, added, removed),
        *_about_oneself(name, removed, actor),
    ]
    return Plan(name, description, before, after, holders, tuple(happens), tuple(warnings))


def _held_by(holders: int) -> str:
    if holders == 0:
        return "Nobody holds it now."
    return "One account holds it now." if holders == 1 else f"{in_words(holders).capitalize()} hold it now."


def _about_administration(added: set[str], before: Collection[str], after: Collection[str]) -> list[str]:
    found = []
    if "admin:write" in added:
        found.append(
            "With admin:write, whoever holds this role can make themselves administrator, and change every account. "
            "The rule that one administrator always remains counts the role administrator alone."
        )
    was, will_be = (any(map(opens_administration, each)) for each in (before, after))
    if was != will_be:
        idle = int(ADMINISTRATOR_IDLE.total_seconds() // 60)
        hours = int(ADMINISTRATOR_ABSOLUTE.total_seconds() // 3600)
        limits = f"{idle} minutes unused, {hours} hours in all"
        found.append(
            f"Its holders' sessions get the short limits of the administration: {limits}. Longer ones end."
            if will_be
            else f"It no longer puts its holders' sessions under the short limits of the administration ({limits})."
        )
    return found


def _about_services(name: str, added: set[str], removed: set[str]) -> list[str]:
    """A scope of a service that no role mentions is everybody's (docs/decisions/0009): both ways need saying."""
    elsewhere, taken_by = roles.scopes_besides(name), services_by_scope()
    found = []
    for scope, audiences in taken_by.items():
        at = " and ".join(audiences)
        if scope in removed and scope not in elsewhere:
            found.append(
                f"{scope} of {at} is in no other role: every account with a verified address gets it from then on."
            )
        elif scope in added and scope not in elsewhere:
            found.append(
                f"{scope} of {at} is in no role yet, and every account with a verified address has it. "
                "From then on only holders of this role do."
            )
    return found


def _about_oneself(name: str, removed: set[str], actor: Account) -> list[str]:
    kept = {each.scope for role in actor.roles if role.name != name for each in role.scopes}
    if not any(role.name == name for role in actor.roles):
        return []
    if "admin:read" in removed - kept:
        return ["You hold the administration by this role alone: you cannot open it any more."]
    if "admin:write" in removed - kept:
        return ["You hold admin:write by this role alone: you cannot change anything here any more."]
    return []


def _require_seal(plan: Plan, seal: str | None) -> None:
    if seal != plan.seal:
        raise PlanOutdated


def _sealed(facts: object) -> str:
    return digest_of(json.dumps(facts)).hex()[:16]
