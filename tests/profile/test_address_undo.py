"""The old address puts itself back for a week, without signing in, and whoever changed it is out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.mailbox import letters_to
from tests.make import OTHER_PASSWORD, Person, make_account, sign_in_by_api
from tests.page_client import PageClient
from tests.profile.address_people import (
    MAIL,
    NEW,
    addresses_of,
    ask_for,
    change,
    enter,
    undo_path,
    verify_path,
)
from tests.signin.faces import ask, end_cause_of, events_of, is_in, session_ids

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


@pytest.mark.database
def test_old_address_is_back_and_leads_to_a_new_password(app: Flask, ada: Person, pages: PageClient) -> None:
    change(app, ada)
    assert ada.email in pages.get(undo_path(app, ada.email)).text
    page = pages.submit()
    assert (page.heading, "is the address of ada again" in page.text) == ("Choose a new password", True)
    assert addresses_of(app, ada) == {ada.email: True}
    pages.submit(password=OTHER_PASSWORD)
    assert is_in(ask("api", app.test_client(), ada.email, OTHER_PASSWORD))
    assert len(events_of(app, "address.change_undone")) == 1


@pytest.mark.database
def test_whoever_changed_it_is_out_and_knows_no_password(app: Flask, ada: Person, pages: PageClient) -> None:
    thief = enter(app, ada)
    change(app, ada)
    pages.get(undo_path(app, ada.email))
    pages.submit()
    assert {end_cause_of(app, each) for each in session_ids(app, ada.id)} == {"account_secured"}
    assert thief.get("/account/address").path.startswith("/login")
    assert not is_in(ask("api", app.test_client(), "ada", ada.password))
    assert not is_in(ask("api", app.test_client(), NEW, ada.password))


def test_opening_the_link_does_nothing_and_hides_the_new_address(
    app: Flask, ada: Person, pages: PageClient
) -> None:
    change(app, ada)
    path = undo_path(app, ada.email)
    assert [pages.get(path).status for _ in range(3)] == [200] * 3
    assert NEW not in pages.get(path).html
    assert addresses_of(app, ada) == {NEW: True}


def test_link_works_once(app: Flask, ada: Person, pages: PageClient) -> None:
    change(app, ada)
    path = undo_path(app, ada.email)
    pages.get(path)
    pages.submit()
    page = pages.get(path)
    assert (page.status, page.heading) == (410, "This link has been used")
    assert pages.post(path).status in {410, 422}


def test_link_and_claim_to_the_old_address_last_a_week(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada = make_account(app, "ada")
        change(app, ada)
        path = undo_path(app, ada.email)
        clock.shift(timedelta(days=7, seconds=-1))
        assert pages.get(path).status == 200
        clock.shift(timedelta(seconds=1))
        page = pages.get(path)
        assert (page.status, page.heading) == (410, "This link has expired")


def test_whom_the_old_address_is_promised_to_cannot_have_it_meanwhile(app: Flask, ada: Person) -> None:
    change(app, ada)
    other = make_account(app, "other")
    assert ask_for(app.test_client(), other, ada.email).status_code == 202
    assert letters_to(app, ada.email, kind="verify_address") == []
    assert len(letters_to(app, ada.email, kind="address_taken")) == 1


def test_its_owner_may_take_it_back_by_verifying_it(app: Flask, ada: Person) -> None:
    change(app, ada)
    change(app, ada, ada.email)
    assert addresses_of(app, ada) == {ada.email: True}
    assert len(letters_to(app, NEW, kind="address_changed")) == 1


def test_free_again_after_a_week_also_before_maintenance_has_come(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        ada, other = make_account(app, "ada"), make_account(app, "other")
        change(app, ada)
        clock.shift(timedelta(days=7))
        change(app, other, ada.email)
        assert addresses_of(app, other) == {ada.email: True}
        # Kept for its new owner now.
        change(app, other, "third@example.net")
        assert letters_to(app, ada.email, kind="address_changed")


def test_thief_who_changes_twice_cannot_take_the_first_way_back(
    app: Flask, ada: Person, pages: PageClient
) -> None:
    change(app, ada)
    change(app, ada, "second@example.net")
    first, second = undo_path(app, ada.email), undo_path(app, NEW)
    pages.get(second)
    pages.submit()
    assert addresses_of(app, ada) == {NEW: True}
    pages.get(first)
    pages.submit()
    assert addresses_of(app, ada) == {ada.email: True}


def test_first_way_back_voids_the_later_ones(app: Flask, ada: Person, pages: PageClient) -> None:
    change(app, ada)
    change(app, ada, "second@example.net")
    first, second = undo_path(app, ada.email), undo_path(app, NEW)
    pages.get(first)
    pages.submit()
    page = pages.get(second)
    assert (page.status, page.heading) == (410, "This link is no longer needed")
    assert addresses_of(app, ada) == {ada.email: True}


def test_address_that_waits_is_gone_too(app: Flask, ada: Person, pages: PageClient) -> None:
    change(app, ada)
    client = app.test_client()
    client.post("/api/v1/email", json={"email": "third@example.net"}, headers=sign_in_by_api(client, ada))
    waiting = verify_path(app, "third@example.net")
    pages.get(undo_path(app, ada.email))
    pages.submit()
    assert addresses_of(app, ada) == {ada.email: True}
    assert pages.get(waiting).status == 410


def test_maintenance_forgets_what_is_kept_no_longer(app: Flask) -> None:
    from webapp.accounts.addresses import forget_former_addresses
    from webapp.infra.database import unit_of_work

    with time_machine.travel(START, tick=False) as clock, app.app_context():
        change(app, make_account(app, "ada"))
        with unit_of_work(writes=False):
            assert forget_former_addresses(10) == 0
        clock.shift(timedelta(days=7))
        with unit_of_work(writes=False):
            assert (forget_former_addresses(10), forget_former_addresses(10)) == (1, 0)


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5_000, "%00", "' OR 1=1 --"])
def test_unknown_link_says_so(pages: PageClient, token: str) -> None:
    assert pages.client.get(f"/undo-email/{token}").status_code in {400, 404, 410}
