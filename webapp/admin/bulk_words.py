"""How an act on many accounts is told: before it is done, on its button, and in the list of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.admin.mails import RESET_HOURS
from webapp.profile.departure import TIME_TO_RETURN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.admin.bulk import Plan
    from webapp.admin.bulk_orders import Order

_HEADINGS: Final[Mapping[str, str]] = {
    "lock": "Lock {whom}",
    "unlock": "Unlock {whom}",
    "end_sessions": "Sign out {whom}",
    "add_role": "Give the role {role} to {whom}",
    "remove_role": "Take the role {role} from {whom}",
    "require_password": "Require a new password of {whom}",
    "delete": "Delete {whom}",
    "restore": "Restore {whom}",
}
# What undoes an act, for as long as what it did stands.
UNDOES: Final[Mapping[str, str]] = {
    "lock": "unlock",
    "add_role": "remove_role",
    "remove_role": "add_role",
    "delete": "restore",
}
DANGEROUS: Final = frozenset({"lock", "end_sessions", "remove_role", "require_password", "delete"})


def amount(number: int, unit: str) -> str:
    """1 account, 1,200 accounts."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def heading_of(order: Order, number: int) -> str:
    """Lock 412 accounts."""
    return _HEADINGS[order.act].format(whom=amount(number, "account"), role=order.role)


def what_happens(plan: Plan, *, sends_mail: bool) -> list[str]:
    """The consequences, a sentence each."""
    ended = sum(each.sessions for each in plan.chosen)
    sessions = f"{amount(ended, 'open session')} {'ends' if ended == 1 else 'end'} at once."
    if not ended:
        sessions = "None of them is signed in at present."
    sentences: dict[str, list[str]] = {
        "lock": [
            "They cannot sign in until the lock runs out, or until somebody unlocks them.",
            sessions,
            "Nothing is deleted.",
        ],
        "unlock": ["They can sign in again at once."],
        "end_sessions": [sessions, "They can sign in again as before."],
        "add_role": ["They have the rights of this role from their next request on."],
        "remove_role": ["They lose the rights of this role with their next request."],
        "require_password": [
            "Their passwords open nothing from this moment on. Second factors stay as they are.",
            sessions,
            *_letters(plan, sends_mail=sends_mail),
        ],
        "delete": [
            "They cannot sign in any more.",
            sessions,
            f"In {TIME_TO_RETURN.days} days they are gone for good, with all they hold.",
            "Until then an administrator can restore them.",
        ],
        "restore": ["They are not deleted, and sign in as before. Locks of before still stand."],
    }
    return sentences[plan.order.act]


def _letters(plan: Plan, *, sends_mail: bool) -> list[str]:
    reached = sum(each.has_verified_address for each in plan.chosen) if sends_mail else 0
    missed = len(plan.chosen) - reached
    told = []
    if reached:
        letters = "gets a letter" if reached == 1 else "get a letter"
        told.append(f"{reached:,} {letters} with a link to choose another one, good for {RESET_HOURS} hours.")
    if missed:
        links = "gets no letter: make a reset link" if missed == 1 else "get no letter: make reset links"
        told.append(f"{missed:,} {links} by hand. They are named when it is done.")
    return told
