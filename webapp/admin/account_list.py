"""The list of accounts as its page shows it, by work that has a bound however many accounts there are.

Of whatever is asked (words, a role, a state, a time) the rarest is counted by its own index. If few have it, those are
sorted; if many have it, the order is gone through until the page is full. Should it not be after many rows, another
order is tried, and failing that the page holds what was found, and its cursor goes on from there: nobody is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.accounts.search_index import are_texts_dated
from webapp.admin import account_list_store as store
from webapp.admin.account_filters import NEWEST_FIRST, Criteria, Order
from webapp.admin.account_order_store import streams_of
from webapp.admin.account_walk import Walk
from webapp.admin.keyset import PAGE_SIZE
from webapp.admin.query_plans import plan_for_values
from webapp.core.errors import Problem
from webapp.infra.figures import MOST_COUNTED, WITH_SECOND_FACTOR, Amount, figure, many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from webapp.accounts.models import Account
    from webapp.admin.account_list_store import Driver
    from webapp.core.paging import Cursor, Page

# Of so many that have one thing it is counted how many have the others too.
_MOST_COUNTED_TOGETHER: Final = 5_000
# Of more, an order mostly has fifty sooner than as many again are counted. Where they are all at its other end, the
# page is in another order, and says so.
MOST_COUNTED_BY_WORDS: Final = 5_000
# So many rows of an order a page looks through for fifty that match, looking something up for each of them.
MOST_LOOKED_THROUGH: Final = 10_000
# Of filters that many match each, and perhaps nobody together, so many accounts are looked at.
MOST_SEARCHED: Final = 250_000
_WORTH_A_TRY: Final = 4
# For the price of one of these, so many are read where words lie in the order themselves, and they alone tell.
WORDS_FOR_ONE: Final = 8
# Of so many accounts and more, the first few of an order show whether it is worth looking through the rest.
WORTH_A_GLANCE: Final = 100_000
FIRST_FEW: Final = 625
_LATEST_FIRST: Final = Order("seen", is_descending=True)
_BY_NAME: Final = Order("name", is_descending=False)


class TooManyToSearch(Problem):
    """Many meet each of the filters, and to look at everybody would take too long."""

    code = "too_many_to_search"
    status = 422
    message = (
        "Too many accounts match each of these filters to find all that match them together. Nothing was changed: "
        "add a filter that fewer match, such as a word of their names."
    )


@dataclass(frozen=True, slots=True)
class AccountList:
    """A page of accounts. `matching` is None where everybody is meant, and where counting would take too long:
    then they may be `at_most` so many.

    `looked_through`: the page is not full, because so many rows did not fill it and more are left; 0 otherwise.
    `order` is the one asked for, or another where nobody, or not enough of those that match, come soon enough in it.
    """

    page: Page[Account]
    order: Order
    total: Amount
    matching: Amount | None
    at_most: int | None
    looked_through: int

    @property
    def may_be_taken_whole(self) -> bool:
        """Whether those that match are few enough for one change, or may be: a plan of it counts them."""
        found = self.matching
        return found is not None and (found.is_exact or found.value < MOST_COUNTED)


def list_accounts(criteria: Criteria, order: Order, cursor: Cursor | None) -> AccountList:
    """Accounts that match, in this order."""
    plan_for_values()
    total = store.count_all()
    most = MOST_COUNTED_BY_WORDS if criteria.is_by_words_alone else MOST_COUNTED
    rarest, counts = _find_rarest(criteria, most)
    at_most = None
    if rarest is None:
        order, walk = _walk_of_many(criteria, order, cursor, total.value)
        matching = _count_of_many(criteria, counts, most)
    else:
        walk = _walk_of_few(criteria, order, cursor, rarest, total.value)
        matching = _count_of_few(criteria, counts, rarest)
        at_most = rarest.number
    if counts and cursor is None and walk.page.older is None:
        matching = Amount(len(walk.page.rows))
    return AccountList(walk.page, order, total, matching, at_most, walk.looked_through)


def matching_account_ids(filters: Mapping[str, str], most: int) -> list[str]:
    """The ids of so many accounts that match these filters of an address, in no order. Raises TooManyToSearch."""
    criteria = Criteria.read(filters)
    plan_for_values()
    rarest, counts = _find_rarest(criteria, MOST_COUNTED)
    if rarest is None:
        besides = next(iter(counts)) if len(counts) == 1 else None
        edge = store.find_id_after(MOST_SEARCHED) if len(counts) > 1 else None
        found = store.list_ids(criteria, besides, most, before=edge)
        if edge is not None and len(found) < most:
            raise TooManyToSearch
        return found
    return store.list_ids(criteria, rarest.name, most)


def state_of(account: Account) -> str:
    """locked, to be deleted, unverified or active: the first of these that it is."""
    if account.is_locked:
        return "locked"
    if account.deletion_due_at is not None:
        return "to be deleted"
    return "active" if account.is_verified else "unverified"


@dataclass(frozen=True, slots=True)
class _Rarest:
    """The thing asked for that the fewest have, where few enough do to be counted."""

    name: str
    driver: Driver
    number: int


def _walk_of_few(
    criteria: Criteria, order: Order, cursor: Cursor | None, rarest: _Rarest, total: int
) -> Walk:
    by_order = _besides_index(criteria, order)
    if rarest.name == "traits" or not by_order:
        # The order itself holds no others.
        return Walk(criteria, order, cursor, by_order, most=None)
    # Where most accounts match, the page is full long before all that do are sorted.
    words = _words_in(criteria, order)
    if total * PAGE_SIZE < _ease_of(criteria, words) * rarest.number**2 // _WORTH_A_TRY:
        walk = _go_through(criteria, order, cursor, words, most=rarest.number // 2)
        if not walk.looked_through:
            return walk
    found = [store.is_among(rarest.driver), *store.conditions_of(criteria, besides=rarest.name)]
    return Walk(Criteria(), order, cursor, found, most=None)


def _count_of_few(criteria: Criteria, counts: Mapping[str, int | None], rarest: _Rarest) -> Amount | None:
    if len(counts) == 1:
        return Amount(rarest.number)
    if rarest.number > _MOST_COUNTED_TOGETHER:
        return None
    others = store.conditions_of(criteria, besides=rarest.name)
    return Amount(store.count_among(rarest.driver, others))


def _walk_of_many(criteria: Criteria, order: Order, cursor: Cursor | None, total: int) -> tuple[Order, Walk]:
    """A page where each thing asked for is had by many, and the order in which it was found."""
    if cursor is not None:
        return order, _go_through(
            criteria, order, cursor, _words_in(criteria, order), most=MOST_LOOKED_THROUGH
        )
    other = _other_order(criteria, order)
    words, again = _words_in(criteria, other), None
    # None among the first few, as names alike lie together in the order of names: read by words, it is soon seen where.
    if words is not None and total >= WORTH_A_GLANCE and not _is_any_among_first(criteria, order):
        again = _go_through(criteria, other, None, words, most=MOST_LOOKED_THROUGH)
        if not again.looked_through:
            return other, again
    walk = _go_through(criteria, order, None, _words_in(criteria, order), most=MOST_LOOKED_THROUGH)
    if not walk.looked_through:
        return order, walk
    again = again or _go_through(criteria, other, None, words, most=MOST_LOOKED_THROUGH)
    return (other, again) if len(again.page.rows) > len(walk.page.rows) else (order, walk)


def _other_order(criteria: Criteria, order: Order) -> Order:
    """They may all be at the other end of this order, and are spread in one that has nothing to do with it."""
    if criteria.seen and order.column != "seen":
        return _LATEST_FIRST
    return NEWEST_FIRST if order.column == "name" else _BY_NAME


def _is_any_among_first(criteria: Criteria, order: Order) -> bool:
    """Whether the first few of an order hold any of those who are searched for by words alone."""
    stream = streams_of(criteria, order, is_backwards=False)[0]
    return store.is_any_found(criteria, stream.first(FIRST_FEW))


def _go_through(
    criteria: Criteria, order: Order, cursor: Cursor | None, words: ColumnElement[bool] | None, *, most: int
) -> Walk:
    """Along the order, for the price of so many rows looked up by their ids; with `words` by the rows of words."""
    if words is None:
        besides = _besides_index(criteria, order)
        return Walk(criteria, order, cursor, besides, most=most if besides else None)
    walk = Walk(criteria, order, cursor, [words], most=most, by_words=True)
    ease = _ease_of(criteria, words)
    # To find where a bound is takes time as well, the further away the more: mostly the page is full long before.
    if walk.looked_through and ease > 1:
        walk = Walk(criteria, order, cursor, [words], most=ease * most, by_words=True)
    return walk


def _ease_of(criteria: Criteria, words: ColumnElement[bool] | None) -> int:
    """How many rows are read for the price of one of which something is looked up: a beginning always is."""
    return WORDS_FOR_ONE if words is not None and criteria.is_by_part else 1


def _words_in(criteria: Criteria, order: Order) -> ColumnElement[bool] | None:
    """What is searched for as a condition on words, if nothing else is asked for and they lie in this order."""
    if not criteria.is_by_words_alone or order.column != "created" or not are_texts_dated():
        return None
    return store.condition_on_words(criteria)


def _count_of_many(criteria: Criteria, counts: Mapping[str, int | None], most: int) -> Amount | None:
    if len(counts) != 1:
        return None
    if criteria == Criteria(factor="with"):
        return many(figure(WITH_SECOND_FACTOR))
    return Amount(most, is_exact=False, is_least=True)


def _find_rarest(criteria: Criteria, most: int) -> tuple[_Rarest | None, dict[str, int | None]]:
    """And for each thing how many have it, None for more than `most`."""
    drivers = store.drivers_of(criteria)
    counts = {name: driver.count(most) for name, driver in drivers.items()}
    found = [_Rarest(name, drivers[name], number) for name, number in counts.items() if number is not None]
    return min(found, key=lambda each: each.number, default=None), counts


def _besides_index(criteria: Criteria, order: Order) -> list[ColumnElement[bool]]:
    """What an order that is gone through does not hold itself: it holds the traits, and the time it is sorted by."""
    by_index = Criteria(
        q=criteria.q, role=criteria.role, seen="" if order.column == "seen" else criteria.seen
    )
    return store.conditions_of(by_index, besides="traits")
