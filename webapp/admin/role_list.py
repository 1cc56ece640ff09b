"""Roles as the console shows them: what each grants, how many hold it and who, and which scopes there are to grant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.accounts import roles
from webapp.accounts.scopes import OWN_SCOPES, is_known_here
from webapp.admin import role_list_store as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.accounts.models import Account, Role
    from webapp.core.paging import Cursor, Page

# Among a million accounts, to sort so many costs as much as to come upon twenty of them along the usernames.
_MOST_SORTED = 2_000


@dataclass(frozen=True, slots=True)
class ShownRole:
    """One role in the words of its pages."""

    name: str
    description: str
    is_built_in: bool
    scopes: tuple[str, ...]
    # What no form takes away.
    fixed: tuple[str, ...]
    holders: int

    @property
    def holders_in_words(self) -> str:
        """The number of those who hold it, as far as they are counted."""
        return in_words(self.holders)


def in_words(holders: int) -> str:
    """`nobody`, `1 account`, `12 accounts`, `more than 10,000 accounts`."""
    if holders > roles.MOST_COUNTED:
        return f"more than {roles.MOST_COUNTED:,} accounts"
    return {0: "nobody", 1: "1 account"}.get(holders, f"{holders:,} accounts")


def list_roles() -> list[ShownRole]:
    """Every role, the built-in ones first."""
    return [_shown(each) for each in roles.list_roles()]


def show_role(name: str) -> ShownRole:
    """One role. Raises RoleNotFound."""
    return _shown(roles.get_role(name))


def list_holders(role: ShownRole, cursor: Cursor | None) -> Page[Account]:
    """A page of those who hold the role, by username."""
    return store.page_of_holders(role.name, cursor, held_by_many=role.holders > _MOST_SORTED)


def scope_notes() -> dict[str, str]:
    """Every scope there is a word about, with that word: this application's, those of services, those in roles."""
    notes: dict[str, str] = dict(OWN_SCOPES)
    mentioned: dict[str, list[str]] = {}
    for role in roles.list_roles():
        for scope in roles.scopes_of(role):
            mentioned.setdefault(scope, []).append(role.name)
    for scope, audiences in services_by_scope().items():
        names = mentioned.get(scope)
        whom = (
            f"accounts with the role {' or '.join(names)}"
            if names
            else "every account with a verified address"
        )
        notes.setdefault(scope, f"Of {' and '.join(audiences)}, now for {whom}.")
    for scope in sorted(mentioned):
        is_ours = is_known_here(scope)
        notes.setdefault(scope, "For a connection." if is_ours else "No service registered here takes it.")
    return notes


def services_by_scope() -> Mapping[str, list[str]]:
    """The audiences that take each scope of a registered service."""
    found: dict[str, list[str]] = {}
    for audience, scopes in store.list_services().items():
        for scope in scopes:
            found.setdefault(scope, []).append(audience)
    return dict(sorted(found.items()))


def _shown(role: Role) -> ShownRole:
    return ShownRole(
        role.name,
        role.description,
        role.built_in,
        roles.scopes_of(role),
        roles.fixed_scopes(role),
        roles.count_holders(role.name),
    )
