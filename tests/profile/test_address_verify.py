"""A verification link: shown by GET, spent by POST, and good only for whoever the account belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.mailbox import letters_to
from tests.make import OTHER_PASSWORD, PASSWORD, Person, make_account, make_administrator, make_reset_path
from tests.page_client import PageClient
from tests.profile.address_people import MAIL, addresses_of, claim_again, enter, verify_path
from tests.signin.faces import events_of

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def eve(app: Flask) -> Person:
    """Somebody who registered a moment ago."""
    from webapp.accounts.service import find_by_identifier

    make_administrator(app)
    body = {"username": "eve", "email": "eve@example.org", "password": PASSWORD}
    assert app.test_client().post("/api/v1/register", json=body).status_code == 202
    with app.app_context():
        account = find_by_identifier("eve")
        assert account is not None
        return Person(account.id, "eve", "eve@example.org", PASSWORD)


@pytest.mark.database
def test_person_who_is_signed_in_here_confirms_with_one_button(app: Flask, eve: Person) -> None:
    pages = enter(app, eve)
    page = pages.get(verify_path(app, eve.email))
    assert (page.heading, page.find("input[name=password]")) == ("Verify your address", None)
    done = pages.submit()
    assert (done.status, done.heading) == (200, "Your address is verified")
    assert "eve@example.org is the email address of the account eve now." in done.text
    assert pages.click("Go to your account").path == "/account"
    assert addresses_of(app, eve) == {eve.email: True}
    assert len(events_of(app, "address.verified")) == 1


def test_another_browser_asks_for_the_password_of_the_account(
    app: Flask, eve: Person, pages: PageClient
) -> None:
    page = pages.get(verify_path(app, eve.email))
    assert "eve is not signed in in this browser" in page.text
    done = pages.submit(password=eve.password)
    assert (done.heading, addresses_of(app, eve)) == ("Your address is verified", {eve.email: True})
    page = pages.click("Sign in")
    assert (page.path, page.get("#username").attributes["value"]) == ("/login", "eve")


def test_browser_of_somebody_else_is_told_whose_account_it_leads_to(app: Flask, eve: Person) -> None:
    pages = enter(app, make_account(app, "mallory"))
    pages.get(verify_path(app, eve.email))
    done = pages.submit(password=eve.password)
    assert (done.heading, addresses_of(app, eve)) == ("Your address is verified", {eve.email: True})
    assert "You are signed in as mallory in this browser." in done.text
    assert done.find("main a[href='/login']") is None


def test_browser_of_somebody_else_asks_for_it_too(app: Flask, eve: Person) -> None:
    mallory = make_account(app, "mallory")
    pages = enter(app, mallory)
    assert "You are signed in as mallory" in pages.get(verify_path(app, eve.email)).text
    refused = pages.submit(password=mallory.password + "!")
    assert (refused.status, "not the password of eve" in refused.text) == (403, True)
    assert pages.submit(password="").status == 403
    assert addresses_of(app, eve) == {eve.email: False}


def test_opening_the_link_spends_nothing(app: Flask, eve: Person, pages: PageClient) -> None:
    path = verify_path(app, eve.email)
    assert [pages.get(path).status for _ in range(3)] == [200] * 3
    assert pages.client.head(path).status_code == 200
    assert addresses_of(app, eve) == {eve.email: False}


def test_used_link_says_so(app: Flask, eve: Person) -> None:
    pages = enter(app, eve)
    path = verify_path(app, eve.email)
    pages.get(path)
    pages.submit()
    page = pages.get(path)
    assert (page.status, page.heading) == (410, "This link has been used")
    assert "your address is verified" in page.text


def test_expired_link_offers_a_new_letter_to_the_same_address(
    app: Flask, eve: Person, pages: PageClient
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = claim_again(app, "late@example.org")
        path = make_link_for(app, person)
        clock.shift(timedelta(hours=24))
        page = pages.get(path)
        assert (page.status, page.heading) == (410, "This link has expired")
        sent = pages.submit(f"{path}/again")
        assert "A new letter is on its way" in sent.text
        assert len(letters_to(app, "late@example.org")) == 1
        assert pages.get(path).heading == "This link has been replaced"
        assert pages.get(verify_path(app, "late@example.org")).status == 200


def make_link_for(app: Flask, person: Person) -> str:
    from tests.make import entered
    from webapp.infra.database import unit_of_work
    from webapp.joining.verification import make_verification_link

    with entered(app), unit_of_work():
        return f"/verify-email/{make_verification_link(person.id, actor_id=person.id)[2]}"


def test_newer_letter_voids_the_older_one(app: Flask, eve: Person) -> None:
    pages = enter(app, eve)
    older = verify_path(app, eve.email)
    pages.get("/account/address")
    pages.submit("/account/address/verification")
    assert pages.get(older).heading == "This link has been replaced"
    assert pages.get(verify_path(app, eve.email)).status == 200


def test_verified_address_voids_the_claims_of_others(app: Flask, eve: Person) -> None:
    other = claim_again(app, eve.email)
    theirs = make_link_for(app, other)
    pages = enter(app, eve)
    pages.get(verify_path(app, eve.email))
    pages.submit()
    stranger = enter(app, other)
    page = stranger.get(theirs)
    assert (page.status, page.heading) == (410, "This link has been replaced")
    assert addresses_of(app, other) == {}


def test_link_works_without_the_letter_for_no_other_account(app: Flask, eve: Person) -> None:
    other = claim_again(app, eve.email)
    pages = enter(app, other)
    pages.get(verify_path(app, eve.email))
    assert pages.submit(password=other.password + "?").status == 403
    assert addresses_of(app, other) == {eve.email: False}


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5_000, "%00", "\u00e9", "' OR 1=1 --"])
def test_unknown_link_says_so(pages: PageClient, token: str) -> None:
    assert pages.client.get(f"/verify-email/{token}").status_code in {400, 404, 410}


def test_link_of_another_kind_is_none(app: Flask, pages: PageClient) -> None:
    token = make_reset_path(app, make_account(app)).rpartition("/")[2]
    for path in (f"/verify-email/{token}", f"/undo-email/{token}", f"/invite/{token}"):
        page = pages.get(path)
        assert (page.status, page.heading) == (410, "This link does not work")


def test_form_whose_csrf_value_does_not_fit_spends_nothing(
    app: Flask, eve: Person, pages: PageClient
) -> None:
    path = verify_path(app, eve.email)
    pages.get(path)
    assert pages.post(path, data={"password": eve.password}).status == 422
    assert pages.submit(password=eve.password).heading == "Your address is verified"


def test_link_gives_nobody_more_guesses_at_the_password(app: Flask, eve: Person, pages: PageClient) -> None:
    path = verify_path(app, eve.email)
    pages.get(path)
    statuses = [pages.submit(password=f"{OTHER_PASSWORD} {number}").status for number in range(12)]
    assert statuses == [403] * 10 + [429] * 2
    body = {"username": eve.username, "password": eve.password}
    assert app.test_client().post("/api/v1/login", json=body).status_code == 429
