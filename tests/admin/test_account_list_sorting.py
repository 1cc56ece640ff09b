"""The orders of the list: every account once in each, both ways, with ties and without a last sign-in."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from tests.admin.console import FIRST_DAY, enter, names_on
from tests.admin.test_account_paging import walk
from tests.make import entered, make_administrator
from webapp.accounts.models import Account, EmailAddress
from webapp.accounts.search_models import AccountSearch
from webapp.admin import account_list, account_list_store
from webapp.admin.account_filters import COLUMNS, Criteria, Order
from webapp.admin.account_list import list_accounts
from webapp.core.opaque import new_id
from webapp.core.paging import Cursor
from webapp.infra import figures
from webapp.infra.database import count_changed, db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

SORTS = [f"{sign}{column}" for column in COLUMNS for sign in ("", "-")]


def make_people(app: Flask, size: int = 130) -> list[Account]:
    """Every third never signed in; moments in groups of seven and four; names in another order than ids."""
    people = [
        Account(
            id=f"{number * 37 % 997:026}",
            username=f"p{number * 61 % 991:03}",
            username_key=f"p{number * 61 % 991:03}",
            display_name=f"Person {number}",
            created_at=FIRST_DAY + timedelta(minutes=number // 7),
            last_signed_in_at=None if number % 3 == 0 else FIRST_DAY + timedelta(hours=number % 40 // 4),
            locked_at=FIRST_DAY if number % 2 else None,
        )
        for number in range(size)
    ]
    with entered(app), unit_of_work():
        db.session.add_all(people)
    return people


def expected(people: list[Account], sort: str) -> list[str]:
    keys: dict[str, Any] = {
        "name": lambda each: each.username_key,
        "created": lambda each: (each.created_at, each.id),
        "seen": lambda each: (each.last_signed_in_at or FIRST_DAY - timedelta(1), each.id),
    }
    return [
        each.id for each in sorted(people, key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))
    ]


def all_pages(criteria: Criteria, sort: str) -> list[str]:
    """Page by page to the end; and back again, which has to be the same."""
    order = Order.read(sort)
    found = list_accounts(criteria, order, None)
    there, back = [found.page], []
    while there[-1].older:
        there.append(
            list_accounts(criteria, order, Cursor.read(there[-1].older.write(), *order.key_kinds)).page
        )
    # Where the end is looked for in bounds, the last page may hold nobody.
    back.append(next(each for each in reversed(there) if each.rows))
    while back[-1].newer:
        back.append(list_accounts(criteria, order, back[-1].newer).page)
    forth = [each.id for page in there for each in page.rows]
    assert [each.id for page in reversed(back) for each in page.rows] == forth
    return forth


@pytest.mark.database
@pytest.mark.parametrize("state", ["", "locked"])
def test_each_order_shows_everybody_once_both_ways(app: Flask, state: str) -> None:
    people = make_people(app)
    meant = [each for each in people if not state or each.locked_at]
    with entered(app), unit_of_work(writes=False):
        found = {sort: all_pages(Criteria(state=state), sort) for sort in SORTS}
    assert found == {sort: expected(meant, sort) for sort in SORTS}


@pytest.mark.database
@pytest.mark.parametrize("is_dated", [True, False], ids=["by words", "by accounts"])
def test_orders_gone_through_in_bounds_lose_and_repeat_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch, is_dated: bool
) -> None:
    # As if ten rows were all that a page may look through, and three all that may be sorted.
    monkeypatch.setattr(account_list, "MOST_LOOKED_THROUGH", 10)
    monkeypatch.setattr(account_list_store, "count_up_to", lambda query, _: figures.count_up_to(query, 3))
    monkeypatch.setattr(account_list, "WORDS_FOR_ONE", 1)
    people = make_people(app)
    if not is_dated:
        leave_undated(app, people[70])
    meant = [each for each in people if "person 1" in each.display_name.lower()]
    with entered(app), unit_of_work(writes=False):
        criteria = Criteria(q="person 1")
        found = {sort: all_pages(criteria, sort) for sort in SORTS if list_is_as_asked(criteria, sort)}
        locked = all_pages(Criteria(q="person 1", state="locked"), "-seen")
    assert found
    assert found == {sort: expected(meant, sort) for sort in found}
    assert locked == expected([each for each in meant if each.locked_at], "-seen")


def leave_undated(app: Flask, person: Account) -> None:
    """As a release before leaves the words of an account that it makes."""
    with entered(app), unit_of_work():
        words = update(AccountSearch).where(AccountSearch.account_id == person.id)
        assert count_changed(words.values(created_at=None)) == 1


@pytest.mark.database
@pytest.mark.parametrize("is_dated", [True, False], ids=["by words", "by accounts"])
@pytest.mark.parametrize("q", ["person 1", "p1", "p0", "ü", "p0120@example.org", "0" * 23 + "814"])
def test_search_of_many_finds_the_same_by_words_and_by_accounts(
    app: Flask, monkeypatch: pytest.MonkeyPatch, q: str, is_dated: bool
) -> None:
    monkeypatch.setattr(account_list_store, "count_up_to", lambda query, _: figures.count_up_to(query, 0))
    people = make_people(app)
    meant = [each for each in people if is_found_by(each, q)]
    assert meant
    with entered(app), unit_of_work():
        for each in people[::5]:
            db.session.add(EmailAddress(id=new_id(), account_id=each.id, **address_of(each)))
    if not is_dated:
        leave_undated(app, people[70])
    with entered(app), unit_of_work(writes=False):
        assert all_pages(Criteria(q=q), "-created") == expected(meant, "-created")
        assert all_pages(Criteria(q=q), "created") == expected(meant, "created")


def address_of(person: Account) -> dict[str, Any]:
    """Of some it begins otherwise than their name does."""
    address = f"{'ü' if person.locked_at else 'p0'}{person.display_name.split()[1]}@example.org"
    return {"address": address, "address_key": address, "created_at": FIRST_DAY}


def is_found_by(person: Account, q: str) -> bool:
    number = int(person.display_name.split()[1])
    address = address_of(person)["address"] if number % 5 == 0 else ""
    if len(q) < 3:
        return person.username_key.startswith(q) or address.startswith(q)
    return q in person.display_name.lower() or q in address or q == person.id


def list_is_as_asked(criteria: Criteria, sort: str) -> bool:
    return list_accounts(criteria, Order.read(sort), None).order == Order.read(sort)


def test_too_many_to_sort_are_shown_in_an_order_that_has_them(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_list, "MOST_LOOKED_THROUGH", 30)
    monkeypatch.setattr(account_list, "WORDS_FOR_ONE", 1)
    monkeypatch.setattr(account_list_store, "count_up_to", lambda query, _: figures.count_up_to(query, 3))
    make_people(app)
    with entered(app), unit_of_work():
        oldest = [db.session.get_one(Account, f"{number * 37 % 997:026}") for number in range(5)]
        for number, each in enumerate(oldest):
            each.username = each.username_key = f"a-clan-{number}"
    pages = enter(app, make_administrator(app, "root"))
    for sort, words in (("", "newest first"), ("-seen", "latest sign-in first")):
        page = pages.get(f"/admin/accounts?q=clan&sort={sort}")
        assert names_on(page) == [f"Person {number}" for number in range(5)]
        assert f"Too many accounts match to sort them {words}, so they are shown by username." in page.text
        assert [each.text for each in page.find_all("th[aria-sort]")] == ["Account"]
    for query in ("q=clan&sort=name", "q=person&sort=name", "q=a-clan-1"):
        assert "Too many accounts" not in pages.get(f"/admin/accounts?{query}").text


@pytest.mark.database
@pytest.mark.parametrize(
    ("q", "worth_a_glance", "order"),
    [
        ("clan", 100, "newest first"),
        ("clan", 1_000, "by username"),
        ("0z", 100, "by username"),
        ("0z", 1_000, "by username"),
        ("zz", 100, "newest first"),
        ("zz", 1_000, "by username"),
    ],
)
def test_order_whose_first_do_not_match_is_gone_through_unless_there_are_very_many(
    app: Flask, monkeypatch: pytest.MonkeyPatch, q: str, worth_a_glance: int, order: str
) -> None:
    # Four are many, the first few are ten, and the clan's names come after the first twenty, or before all, or last.
    monkeypatch.setattr(account_list, "MOST_LOOKED_THROUGH", 160)
    monkeypatch.setattr(account_list, "FIRST_FEW", 10)
    monkeypatch.setattr(account_list, "WORTH_A_GLANCE", worth_a_glance)
    monkeypatch.setattr(account_list_store, "count_up_to", lambda query, _: figures.count_up_to(query, 3))
    monkeypatch.setattr(account_list_store, "amount_of", lambda *_: figures.Amount(130))
    people = sorted(make_people(app), key=lambda each: each.username_key)
    clan = people[20:25]
    with entered(app), unit_of_work():
        for person in clan:
            each = db.session.get_one(Account, person.id)
            before = f"{people[19].username_key}-clan" if q == "clan" else q
            each.username = each.username_key = f"{before}-{each.username}"
    names = {each.id: each.display_name for each in clan}
    pages = enter(app, make_administrator(app, "root"))
    page = pages.get(f"/admin/accounts?q={q}&sort=name")
    if order == "by username":
        assert names_on(page) == list(names.values())
        assert "Too many accounts" not in page.text
    else:
        assert names_on(page) == [names[each] for each in expected(clan, "-created")]
        assert (
            "Too many accounts match to sort them by username, so they are shown newest first." in page.text
        )


def test_headers_sort_by_their_columns_and_say_how(app: Flask) -> None:
    people = make_people(app, 60)
    pages = enter(app, make_administrator(app, "root"))
    pages.get("/admin/accounts?state=locked")
    page = pages.click("Account")
    assert page.path == "/admin/accounts?state=locked&sort=name"
    assert page.get("th[aria-sort]").attributes["aria-sort"] == "ascending"
    shown = [*chain(*walk(pages, page, "Next"))]
    locked = [each for each in people if each.locked_at]
    names = {each.id: each.display_name for each in people}
    assert shown == [names[each] for each in expected(locked, "name")]
    page = pages.click("Account")
    assert (page.path, page.get("th[aria-sort]").attributes["aria-sort"]) == (
        "/admin/accounts?state=locked&sort=-name",
        "descending",
    )
    assert all(one != other for one, other in pairwise(names_on(page)))


def test_unknown_order_counts_as_newest_first(app: Flask) -> None:
    make_people(app, 3)
    pages = enter(app, make_administrator(app, "root"))
    usual = names_on(pages.get("/admin/accounts"))
    for sort in ("email", "-", "--name", "created_at; DROP TABLE accounts", "-created"):
        assert names_on(pages.get("/admin/accounts", query_string={"sort": sort})) == usual
