"""Filters of the list: what each finds, that they narrow each other down, and whom a bulk act would reach by them."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import enter, names_on
from tests.make import entered, make_account, make_administrator
from webapp.accounts import service
from webapp.accounts.models import Account, EmailAddress
from webapp.admin import account_list
from webapp.admin.account_filters import FACTORS, NEWEST_FIRST, SEEN, STATES, Criteria
from webapp.admin.account_list import list_accounts, matching_account_ids
from webapp.core import clock
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

HOUR = timedelta(hours=1)
SPANS = {"day": (0, 24), "week": (0, 24 * 7), "month": (0, 24 * 30), "long-ago": (24 * 90, 10**6)}


def make_people(app: Flask) -> list[Account]:
    """One account of each kind there is: by lock, address, deletion, factor and last sign-in."""
    now = clock.now()
    kinds = product((None, now), (None, now), (None, now), (None, now), (None, 2, 100, 500, 24 * 100))
    people = [
        Account(
            id=f"{number:026}",
            username=f"kind{number}",
            username_key=f"kind{number}",
            display_name=f"Kind {number}",
            created_at=now,
            locked_at=locked,
            emails=[
                EmailAddress(
                    id=f"{number:026}",
                    address=f"kind{number}@example.org",
                    address_key=f"kind{number}@example.org",
                    created_at=now,
                    verified_at=verified,
                )
            ],
            deletion_due_at=deletion,
            second_factor_since=factor,
            last_signed_in_at=None if hours is None else now - hours * HOUR,
        )
        for number, (locked, verified, deletion, factor, hours) in enumerate(kinds)
    ]
    with entered(app), unit_of_work():
        db.session.add_all(people)
    return people


def has_seen(account: Account, seen: str) -> bool:
    if seen in ("", "never"):
        return not seen or account.last_signed_in_at is None
    first, last = SPANS[seen]
    ago = clock.now() - account.last_signed_in_at if account.last_signed_in_at else None
    return ago is not None and first * HOUR <= ago < last * HOUR


IN_STATE: dict[str, Callable[[Account], bool]] = {
    "": lambda _: True,
    "active": lambda each: each.is_verified and not each.locked_at and not each.deletion_due_at,
    "locked": lambda each: each.locked_at is not None,
    "unverified": lambda each: not each.is_verified and not each.locked_at,
    "deleting": lambda each: each.deletion_due_at is not None,
}


def matches(account: Account, criteria: Criteria) -> bool:
    has_factor = account.second_factor_since is not None
    return (
        IN_STATE[criteria.state](account)
        and (not criteria.factor or has_factor == (criteria.factor == "with"))
        and has_seen(account, criteria.seen)
    )


@pytest.mark.database
def test_every_combination_of_filters_finds_who_fulfils_all_of_them(app: Flask) -> None:
    people = make_people(app)
    wrong = {}
    with entered(app), unit_of_work(writes=False):
        for state, factor, seen in product(("", *STATES), ("", *FACTORS), ("", *SEEN)):
            criteria = Criteria(state=state, factor=factor, seen=seen)
            meant = {each.id for each in people if matches(each, criteria)}
            filters = {"state": state, "factor": factor, "seen": seen}
            found = list_accounts(criteria, NEWEST_FIRST, None)
            number = found.matching.value if found.matching else len(people)
            if set(matching_account_ids(filters, 1_000)) != meant or number != len(meant):
                wrong[state, factor, seen] = number
    assert wrong == {}


@pytest.mark.database
def test_filters_of_the_address_narrow_each_other_down(app: Flask) -> None:
    pages = enter(app, make_administrator(app, "root"))
    for number in range(3):
        make_account(app, f"mara{number}", locked=number == 1)
    make_account(app, "noor", locked=True)
    assert names_on(pages.get("/admin/accounts?q=ara&state=locked&role=user&factor=without&seen=never")) == [
        "mara1"
    ]
    page = pages.get("/admin/accounts?q=ara&state=locked&role=administrator")
    assert "No account matches" in page.text
    assert page.get(".subtitle").text == "5 accounts · 0 match"
    assert names_on(pages.click("Role: administrator: remove this filter")) == ["mara1"]
    assert names_on(pages.get("/admin/accounts?seen=day")) == ["root"]


def test_filters_nobody_knows_count_for_nothing(app: Flask) -> None:
    pages = enter(app, make_administrator(app, "root"))
    page = pages.get(
        "/admin/accounts?state=any&factor=%00&seen=tomorrow&sort=&cursor=%25&page=2&state=locked"
    )
    assert names_on(page) == ["root"]
    assert page.find(".chips") is None


def test_account_to_be_deleted_says_so(app: Flask) -> None:
    bob = make_account(app, "bob")
    pages = enter(app, make_administrator(app, "root"))
    with entered(app), unit_of_work():
        service.get_account(bob.id).deletion_due_at = clock.now() + 24 * HOUR
    page = pages.get("/admin/accounts?state=deleting")
    assert names_on(page) == ["bob"]
    assert page.get("tbody .badge").text == "To be deleted"


def test_selection_is_sent_with_the_filters_it_was_made_under(app: Flask) -> None:
    for number in range(51):
        make_account(app, f"crowd{number}")
    pages = enter(app, make_administrator(app, "root"))
    page = pages.get("/admin/accounts?q=crowd&state=active")
    form = page.get("form[action='/admin/accounts/bulk']")
    assert form.attributes["method"] == "post"
    hidden = {
        each.attributes["name"]: each.attributes["value"] for each in form.find_all("input[type=hidden]")
    }
    assert {name: hidden[name] for name in hidden if name != "csrf_token"} == {
        "q": "crowd",
        "state": "active",
    }
    assert [each.text for each in form.find_all("button")] == [
        "Continue with selected",
        "Continue with all 51 that match",
    ]
    assert form.find_all("button")[1].attributes["name"] == "everyone"
    assert len(form.find_all("input[name=account]")) == 50


@pytest.mark.parametrize(("most_at_once", "is_offered"), [(52, True), (20, False)])
def test_whoever_words_find_may_be_taken_whole_unless_surely_too_many(
    app: Flask, monkeypatch: pytest.MonkeyPatch, most_at_once: int, is_offered: bool
) -> None:
    monkeypatch.setattr(account_list, "MOST_COUNTED_BY_WORDS", 20)
    monkeypatch.setattr(account_list, "MOST_COUNTED", most_at_once)
    for number in range(51):
        make_account(app, f"crowd{number}")
    pages = enter(app, make_administrator(app, "root"))
    page = pages.get("/admin/accounts?q=crowd")
    assert page.get(".subtitle").text == "52 accounts · more than 20 match"
    assert ("Continue with all that match" in page.text) == is_offered
    if is_offered:
        page = pages.submit("/admin/accounts/bulk", action="lock", everyone="1")
        assert (page.status, "51 accounts" in page.text) == (200, True)


def test_auditor_is_offered_nothing_to_do(app: Flask) -> None:
    make_administrator(app, "root")
    auditor = make_account(app, "eve", roles=("user", "auditor"))
    page = enter(app, auditor).get("/admin/accounts")
    assert page.find("form.table-panel") is None
    assert page.find("input[name=account]") is None
    assert not {"Import", "Invitations"} & {each.text for each in page.find_all(".head-links a")}
