"""Acts on many accounts: whom an administrator means, and what exactly would happen to whom. Changes nothing."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.accounts import store as accounts
from webapp.accounts.errors import LastAdministrator
from webapp.admin import account_list
from webapp.admin.bulk_orders import find_hindrance
from webapp.admin.bulk_store import read_facts
from webapp.admin.secure import NothingSelected
from webapp.core.errors import Conflict, Problem
from webapp.infra.job_items import list_unnoted
from webapp.infra.jobs import get_job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webapp.admin.bulk_orders import Order
    from webapp.admin.bulk_store import Facts
    from webapp.sessions.service import Standing

MOST_AT_ONCE: Final = 10_000
# Ids that stand in a form, each for itself.
MOST_NAMED: Final = 500
# Of whoever is told by name, so many.
NAMED: Final = 20
_LONGEST_ID: Final = 26


class TooManyAccounts(Problem):
    """More than one act takes."""

    code = "too_many_accounts"
    status = 422
    message = (
        f"More than {MOST_AT_ONCE:,} accounts match, and at most that many are changed at once. Nothing was changed: "
        "narrow the filters, and do it in parts."
    )


class OthersMatch(Conflict):
    """Between the page that said whom it would happen to and its form, that has changed."""

    code = "others_match"


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom an administrator means: these, or all that match the filters, or all that a job has done."""

    ids: Sequence[str] = ()
    filters: Mapping[str, str] | None = None
    job_id: str | None = None

    @property
    def is_named(self) -> bool:
        """Whether each account is named, so that nobody can join them."""
        return self.filters is None and self.job_id is None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Accounts that nothing happens to, and why."""

    reason: str
    people: Sequence[Facts]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen to whom. `unknown` of the ids meant name nobody."""

    order: Order
    chosen: Sequence[Facts]
    left_out: Sequence[LeftOut]
    unknown: int

    @property
    def ids(self) -> list[str]:
        """Those it would happen to."""
        return [each.id for each in self.chosen]

    @property
    def fingerprint(self) -> str:
        """Stands for them, in a form that cannot name them all."""
        return hashlib.sha256(" ".join(sorted(self.ids)).encode()).hexdigest()


def find_ids(selection: Selection) -> list[str]:
    """The accounts meant, each once. Raises NothingSelected, TooManyAccounts, JobNotFound."""
    if selection.filters is not None:
        found = account_list.matching_account_ids(dict(selection.filters), MOST_AT_ONCE + 1)
    elif selection.job_id is not None:
        found = list(list_unnoted(selection.job_id, get_job(selection.job_id).position))
    else:
        found = list(dict.fromkeys(selection.ids))
        if len(found) > MOST_NAMED:
            raise TooManyAccounts(
                f"At most {MOST_NAMED} accounts can be ticked at once. Nothing was changed: tick fewer, or choose all "
                "that match."
            )
    if len(found) > MOST_AT_ONCE:
        raise TooManyAccounts
    if not found:
        raise NothingSelected
    return found


def make_plan(order: Order, account_ids: Sequence[str], standing: Standing) -> Plan:
    """What the order would do to these accounts."""
    facts = read_facts([each for each in account_ids if _is_id(each)])
    chosen: list[Facts] = []
    left_out: dict[str, list[Facts]] = defaultdict(list)
    # By name: so they are told, and of two who may not both go it is always the same one that stays.
    for found in sorted(facts.values(), key=lambda each: (each.name.casefold(), each.id)):
        hindrance = find_hindrance(order, found, actor_id=standing.account_id, scopes=standing.scopes)
        if hindrance is None:
            chosen.append(found)
        else:
            left_out[hindrance].append(found)
    if order.takes_administrators:
        _keep_last_administrator(chosen, left_out)
    return Plan(
        order,
        chosen,
        [LeftOut(reason, people) for reason, people in left_out.items()],
        len(account_ids) - len(facts),
    )


def require_same(plan: Plan, selection: Selection, fingerprint: str) -> None:
    """Raises OthersMatch unless the page that this was sent from spoke of the same accounts.

    Where each is named nobody can have joined them, and whoever is gone or done already is told of in the result.
    """
    if selection.is_named or plan.fingerprint == fingerprint:
        return
    raise OthersMatch(
        f"Since this page was made, the accounts that this would happen to have changed: now there are "
        f"{len(plan.chosen):,}. Nothing was changed. Look at it again, then confirm."
    )


def _keep_last_administrator(chosen: list[Facts], left_out: dict[str, list[Facts]]) -> None:
    """As the acts themselves would refuse it, one after the other: nobody is told of what cannot be."""
    meant = [each for each in chosen if each.is_usable_administrator]
    if meant and accounts.count_usable_administrators(staying=True) <= len(meant):
        chosen.remove(meant[-1])
        left_out[LastAdministrator.message].append(meant[-1])


def _is_id(text: str) -> bool:
    # What no column holds, no database is asked for.
    return text.isascii() and text.isalnum() and len(text) <= _LONGEST_ID
