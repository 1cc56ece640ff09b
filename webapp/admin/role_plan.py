"""What a change of a role would mean: a plan that says so, with a seal of all that it says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts import roles
from webapp.accounts.scopes import opens_administration
from webapp.admin.role_list import in_words, services_by_scope
from webapp.config import current_settings
from webapp.core.opaque import digest_of
from webapp.sessions.limits import ADMINISTRATOR_ABSOLUTE, ADMINISTRATOR_IDLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.accounts.models import Account

_NOW = "It counts at once, on every node: with the next request, without signing in again."
_LATER = (
    "In access tokens a scope taken away is void at once; one that is added comes with the next renewal. "
    "Services that check tokens by key alone see what was in them until they run out."
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
        return seal_of(facts)


def make_plan(
    name: str,
    description: tuple[str | None, str],
    before: tuple[str, ...],
    after: tuple[str, ...],
    holders: int,
    actor: Account,
) -> Plan:
    """What it would mean that the role gets this description and these scopes; a description of before is None for a
    new role. Other roles, services and the settings count as they are now.
    """
    added, removed = set(after) - set(before), set(before) - set(after)
    is_new = description[0] is None
    happens = ["Nobody holds it until an administrator gives it to an account."] if is_new else []
    if not is_new and (added or removed):
        happens += [held_by_in_words(holders), _NOW, _LATER]
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


def held_by_in_words(holders: int) -> str:
    """Who holds a role, in a sentence."""
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


def seal_of(facts: object) -> str:
    """Other facts have another seal."""
    return digest_of(json.dumps(facts)).hex()[:16]
