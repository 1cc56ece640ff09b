"""Every query of the list of accounts that is not about its order: who has what is asked for, found by index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, column, func, literal, or_, select, table, union
from sqlalchemy.orm import selectinload

from webapp.accounts.models import Account, AccountRole, EmailAddress
from webapp.accounts.search_models import AccountSearch
from webapp.admin.account_order_store import spanned
from webapp.infra.database import db
from webapp.infra.figures import ACCOUNTS, MOST_COUNTED, Amount, amount_of, count_up_to

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Select, SQLColumnExpression, Subquery
    from sqlalchemy.orm import InstrumentedAttribute

    from webapp.admin.account_filters import Criteria

# The last character there is: whatever begins with some letters comes before them followed by it.
_LAST: Final = "\U0010ffff"
_ID_LENGTH: Final = 26
_MOST: Final = MOST_COUNTED + 1
_words: Final = table("account_search_words", column("rowid"), column("account_search_words"))


@dataclass(frozen=True, slots=True)
class Driver:
    """How all who have one thing are found: their ids, and a query with a row for each that an index answers alone.

    `of_account` says the same of the account's own columns, where they tell.
    """

    ids: Select[Any]
    counted: Select[Any]
    of_account: ColumnElement[bool] | None = None

    def count(self, most: int) -> int | None:
        """How many there are; None for more than so many."""
        number = count_up_to(self.counted, most)
        return number if number is None or self.counted is self.ids else count_up_to(self.ids, most)


def get_accounts(account_ids: Sequence[str]) -> list[Account]:
    """These, in this order, with their addresses and roles."""
    if not account_ids:
        return []
    query = select(Account).where(Account.id.in_(account_ids))
    rows = db.session.scalars(query.options(selectinload(Account.emails), selectinload(Account.roles)))
    found = {each.id: each for each in rows}
    return [found[each] for each in account_ids if each in found]


def count_all() -> Amount:
    """How many accounts there are."""
    return amount_of(ACCOUNTS, select(Account.id))


def drivers_of(criteria: Criteria) -> dict[str, Driver]:
    """For each thing that is asked, all who have it, by its own index."""
    found: dict[str, Driver] = {}
    ids = select(Account.id.label("account_id"))
    if criteria.role:
        held = AccountRole.role_name == criteria.role
        found["role"] = Driver(
            select(AccountRole.account_id).where(held), select(AccountRole.role_name).where(held)
        )
    if criteria.q:
        found["q"] = _found_by(criteria)
    if criteria.is_by_trait:
        is_like = Account.traits.in_(criteria.traits or ())
        query = ids.where(is_like)
        found["traits"] = Driver(query, query, is_like)
    if spanned(criteria):
        was_there = and_(*spanned(criteria))
        query = ids.where(was_there)
        found["seen"] = Driver(query, query, was_there)
    return found


def conditions_of(criteria: Criteria, *, besides: str | None) -> list[ColumnElement[bool]]:
    """The same as conditions on one account that is looked at, `besides` the thing by which it was found.

    Written so that no index but that of the account itself can serve: PostgreSQL would else begin at the other end.
    """
    found: list[ColumnElement[bool]] = []
    if criteria.role and besides != "role":
        held = select(func.count()).where(
            AccountRole.account_id == Account.id, AccountRole.role_name == criteria.role
        )
        found.append(held.scalar_subquery() > 0)
    if criteria.q and besides != "q":
        found.append(_is_meant(criteria))
    if criteria.is_by_trait and besides != "traits":
        found.append((Account.traits + 0).in_(criteria.traits or ()))
    if besides != "seen":
        found += spanned(criteria)
    return found


def condition_on_words(criteria: Criteria) -> ColumnElement[bool] | None:
    """That a row of words is of an account that is searched for; None where the words alone do not tell quickly."""
    words = criteria.words
    holds = _find()(AccountSearch.text, words) > 0
    if criteria.is_by_part:
        return or_(holds, AccountSearch.account_id == words) if _may_be_id(words) else holds
    # What begins with the words holds them, where each letter has one form only.
    return and_(holds, _begins_for(AccountSearch.account_id, words)) if words.isascii() else None


def is_any_found(criteria: Criteria, accounts: Subquery) -> bool:
    """Whether what is searched for, if nothing else is, finds any of these accounts, whose ids are `account_id`."""
    words, account_id = criteria.words, accounts.c.account_id
    found = _holds(words, account_id) if criteria.is_by_part else _begins_for(account_id, words)
    if _may_be_id(words):
        found = or_(found, account_id == words)
    return db.session.scalar(select(literal(1)).select_from(accounts).where(found).limit(1)) is not None


def is_among(driver: Driver) -> ColumnElement[bool]:
    """That an account is one of those found, of whom there are no more than are counted."""
    return Account.id.in_(select(driver.ids.limit(_MOST).subquery()))


def count_among(driver: Driver, conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many of those found fulfil the conditions."""
    found = is_among(driver) if driver.of_account is None else driver.of_account
    return db.session.scalar(select(func.count()).select_from(Account).where(found, *conditions)) or 0


def find_id_after(most: int) -> str | None:
    """The id after the first so many; None where there are no more."""
    return db.session.scalar(select(Account.id).order_by(Account.id).offset(most).limit(1))


def list_ids(criteria: Criteria, driver: str | None, size: int, *, before: str | None = None) -> list[str]:
    """So many of the accounts that match, in no order, found by the thing of that name; by none, all are read that
    come `before` that id.
    """
    conditions = conditions_of(criteria, besides=driver)
    if driver is not None:
        conditions.append(is_among(drivers_of(criteria)[driver]))
    if before is not None:
        conditions.append(Account.id < before)
    return list(db.session.scalars(select(Account.id).where(*conditions).limit(size)))


def list_stretch(criteria: Criteria, after: str, size: int) -> tuple[str | None, list[Account]]:
    """Of so many accounts after that id, by id, those that match; and the last id looked at, None at the end."""
    ids = select(Account.id).where(Account.id > after).order_by(Account.id)
    last = db.session.scalar(ids.offset(size - 1).limit(1))
    if last is not None:
        ids = ids.where(Account.id <= last)
    conditions = conditions_of(criteria, besides=None)
    return last, get_accounts(list(db.session.scalars(ids.where(*conditions))))


def _found_by(criteria: Criteria) -> Driver:
    words = criteria.words
    ids = select(Account.id.label("account_id"))
    if not criteria.is_by_part:
        by_name = _begins(Account.username_key, words)
        by_address = select(EmailAddress.account_id).where(_begins(EmailAddress.address_key, words))
        # Each with a bound, since a union is made whole before any of it is read. An account has at most two addresses.
        either = _either(ids.where(by_name).limit(_MOST), by_address.limit(2 * _MOST))
        return Driver(either, select(Account.username_key).where(by_name))
    if not _is_sqlite():
        found = select(AccountSearch.account_id).where(AccountSearch.text.contains(words, autoescape=True))
        counted = found
    else:
        phrase = '"' + words.replace('"', '""') + '"'
        counted = select(_words.c.rowid).where(_words.c.account_search_words.op("MATCH")(phrase))
        # Likewise: what is in a list is gathered whole.
        found = select(AccountSearch.account_id).where(AccountSearch.id.in_(counted.limit(_MOST)))
    if _may_be_id(words):
        found = _either(found.limit(_MOST), ids.where(Account.id == words))
    return Driver(found, counted)


def _either(one: Select[Any], other: Select[Any]) -> Select[Any]:
    both = union(select(one.subquery()), select(other.subquery())).subquery()
    return select(both.c.account_id)


def _is_meant(criteria: Criteria) -> ColumnElement[bool]:
    words = criteria.words
    if not criteria.is_by_part:
        begins = or_(_begins(Account.username_key, words), _has_address(Account.id, words))
        # What begins with the words holds them. SQLite looks that up in half the time, and most accounts are out then.
        return and_(_holds(words), begins) if _is_sqlite() and words.isascii() else begins
    return or_(_holds(words), Account.id == words) if _may_be_id(words) else _holds(words)


def _begins_for(account_id: SQLColumnExpression[str], words: str) -> ColumnElement[bool]:
    by_name = select(func.count()).where(Account.id == account_id, _begins(Account.username_key, words))
    return or_(by_name.scalar_subquery() > 0, _has_address(account_id, words))


def _has_address(account_id: SQLColumnExpression[str], words: str) -> ColumnElement[bool]:
    # Counted, not EXISTS: PostgreSQL would gather all such addresses beforehand.
    found = select(func.count()).where(
        EmailAddress.account_id == account_id, _begins(EmailAddress.address_key, words)
    )
    return found.scalar_subquery() > 0


def _find() -> Callable[..., ColumnElement[int]]:
    return func.instr if _is_sqlite() else func.strpos


def _holds(words: str, account_id: SQLColumnExpression[str] = Account.id) -> ColumnElement[bool]:
    kept = select(_find()(AccountSearch.text, words)).where(AccountSearch.account_id == account_id)
    return func.coalesce(kept.scalar_subquery(), literal(0)) > 0


def _begins(key: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    return and_(key >= words, key < words + _LAST)


def _may_be_id(words: str) -> bool:
    return len(words) == _ID_LENGTH and words.isascii() and words.isalnum()


def _is_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"
