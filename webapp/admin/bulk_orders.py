"""What may be done to many accounts at once: which right each act needs, what belongs to it, and who is left out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from webapp.accounts import roles
from webapp.accounts import service as accounts
from webapp.accounts.errors import RoleNotFound
from webapp.accounts.locks import check_terms
from webapp.admin.authority import ADMINISTERS, BeyondReach
from webapp.core.errors import Conflict, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from webapp.admin.bulk_store import Facts

_SUPPORTS: Final = "admin:support"
# The right that each act needs; the pages ask for it before they show or do anything.
SCOPES: Final[Mapping[str, str]] = {
    "lock": ADMINISTERS,
    "unlock": _SUPPORTS,
    "end_sessions": _SUPPORTS,
    "add_role": ADMINISTERS,
    "remove_role": ADMINISTERS,
    "require_password": ADMINISTERS,
    "delete": ADMINISTERS,
    "restore": ADMINISTERS,
}
OF_ROLES: Final = frozenset({"add_role", "remove_role"})


class UnknownAct(Problem):
    """A form that names nothing that can be done."""

    code = "unknown_act"
    status = 422
    message = "Choose what to do with the selected accounts."


class UnknownRole(Problem):
    """A role that is not, or no longer, there."""

    code = "unknown_role"
    status = 422
    message = "There is no role by that name. Choose one from the list."


class RoleMeansOther(Conflict):
    """A role was changed, or made anew, after somebody asked for it to be given or taken."""

    code = "role_means_other"
    message = "This role was changed meanwhile: it grants something else now. What is done stays done."


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to each account. `role` belongs to the acts on roles, `reason` and `until` to locking.

    `grants`: what the role granted when the order was given; None before, and for other acts.
    """

    act: str
    role: str = ""
    reason: str = ""
    until: datetime | None = None
    grants: tuple[str, ...] | None = None
    scope: str = field(init=False)

    def __post_init__(self) -> None:
        """Raises UnknownAct."""
        if self.act not in SCOPES:
            raise UnknownAct
        object.__setattr__(self, "scope", SCOPES[self.act])

    @property
    def takes_administrators(self) -> bool:
        """Whether somebody who administers may do so no more afterwards."""
        return self.act in {"lock", "delete"} or (
            self.act == "remove_role" and self.role == accounts.ADMINISTRATOR
        )

    def write(self) -> dict[str, object]:
        """As a job keeps it."""
        until = None if self.until is None else self.until.isoformat()
        return {
            "act": self.act,
            "role": self.role,
            "reason": self.reason,
            "until": until,
            "grants": self.grants,
        }

    @classmethod
    def read(cls, detail: Mapping[str, Any]) -> Order:
        """What a job has kept."""
        until = detail["until"]
        return cls(
            detail["act"],
            role=detail["role"],
            reason=detail["reason"],
            until=None if until is None else datetime.fromisoformat(until),
            grants=None if detail.get("grants") is None else tuple(detail["grants"]),
        )


def require_role(order: Order) -> None:
    """Raises UnknownRole for an act on a role that is not there."""
    if order.act in OF_ROLES and order.role not in accounts.list_role_names():
        raise UnknownRole


def keep_meaning(order: Order) -> Order:
    """The order with what its role grants now."""
    if order.act not in OF_ROLES:
        return order
    return replace(order, grants=roles.scopes_of(roles.get_role(order.role)))


def require_meaning(order: Order) -> None:
    """Raises RoleMeansOther where the role grants something else than when the order was given. Who waits for others
    to change roles holds what keeps them from it (`accounts.hold_account`).
    """
    if order.grants is None:
        return
    try:
        is_same = keep_meaning(order).grants == order.grants
    except RoleNotFound:
        raise RoleMeansOther("This role was deleted meanwhile. What is done stays done.") from None
    if not is_same:
        raise RoleMeansOther


def require_sound(order: Order) -> None:
    """Raises UnknownRole, and InvalidInput for values that each account would refuse in turn."""
    require_role(order)
    if order.act == "lock":
        check_terms(order.reason, order.until)


def find_hindrance(order: Order, facts: Facts, *, actor_id: str, scopes: Collection[str]) -> str | None:
    """Why this account is left out, in a sentence; None when it is not.

    As `authority.require_reach` has it, who supports people does nothing to those who administer.
    """
    if facts.id == actor_id:
        return "This is your own account."
    if facts.has_rights and ADMINISTERS not in scopes:
        return BeyondReach.message
    return _find_nothing_to_do(order, facts)


def _find_nothing_to_do(order: Order, facts: Facts) -> str | None:
    hindrances: dict[str, tuple[tuple[bool, str], ...]] = {
        "lock": ((facts.is_locked, "It is locked already."),),
        "unlock": ((not facts.is_locked, "It is not locked."),),
        "end_sessions": ((not facts.sessions, "It is signed in nowhere."),),
        "add_role": ((order.role in facts.roles, "It holds this role already."),),
        "remove_role": ((order.role not in facts.roles, "It does not hold this role."),),
        "require_password": (
            (not facts.has_password, "It has no password yet."),
            (facts.is_password_void, "It needs a new password already."),
        ),
        "delete": ((facts.is_deletion_ordered, "It is to be deleted already."),),
        "restore": (
            (not facts.is_deletion_due, "It is not to be deleted."),
            (not facts.is_deletion_ordered, "Its owner asked for it to be deleted, and can call it off."),
        ),
    }
    return next((sentence for holds, sentence in hindrances[order.act] if holds), None)
