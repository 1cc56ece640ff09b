"""This wasn't me, from a letter: what it shows, what it ends, and the way on to a new password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.mailbox import letters_to, path_of
from tests.make import (
    OTHER_PASSWORD,
    entered,
    make_account,
    make_administrator,
    make_not_me_path,
    make_reset_path,
    sign_in,
    sign_in_by_api,
)
from tests.page_client import PageClient
from tests.signin.faces import ask, end_cause_of, events_of, is_in, session_ids
from webapp.accounts.notices import tell_owner
from webapp.accounts.service import get_account, has_administrator
from webapp.infra.database import db, unit_of_work
from webapp.signin.models import KnownDevice, PendingSignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


def test_page_says_what_will_happen_and_nothing_has(app: Flask, pages: PageClient) -> None:
    person = make_account(app, "bob")
    token = sign_in_by_api(app.test_client(), person)
    sign_in(PageClient(app.test_client()), person)
    path = make_not_me_path(app, person)
    for _ in range(3):
        page = pages.get(path)
    assert pages.client.head(path).status_code == 200
    assert (page.status, page.heading) == (200, "Secure your account")
    assert "for bob" in page.text
    assert "All 2 open sessions end" in page.text
    assert app.test_client().get("/api/v1/protected", headers=token).status_code == 200
    assert events_of(app, "account.secured") == []


@pytest.mark.database
def test_button_ends_every_session_and_leads_to_a_new_password(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    machine, browser = app.test_client(), PageClient(app.test_client())
    token = sign_in_by_api(machine, person)
    sign_in(browser, person)
    pages.get(make_not_me_path(app, person))
    page = pages.submit()
    assert (page.path.split("/")[1], page.heading) == ("reset-password", "Choose a new password")
    assert {end_cause_of(app, each) for each in session_ids(app, person.id)} == {"account_secured"}
    assert machine.get("/api/v1/protected", headers=token).get_json()["cause"] == "account_secured"
    assert "a sign-in was not theirs" in browser.get("/account").text
    assert events_of(app, "account.secured") == ['{"count":2,"reason":"letter"}']

    done = pages.submit(password=OTHER_PASSWORD)
    assert done.path == "/login?next=/account/security"
    assert is_in(ask("page", app.test_client(), person.username, OTHER_PASSWORD))


@pytest.mark.database
def test_password_of_before_opens_nothing_and_is_not_chosen_again(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    pages.get(make_not_me_path(app, person))
    pages.submit()
    for face in ("api", "page"):
        assert not is_in(ask(face, app.test_client(), person.username, person.password))
    page = pages.submit(password=person.password)
    assert (page.status, "Choose another one than before" in page.text) == (422, True)
    assert pages.submit(password=OTHER_PASSWORD).path.startswith("/login")


@pytest.mark.database
def test_every_other_link_is_void_and_the_way_back_to_an_address_stays(app: Flask, pages: PageClient) -> None:
    person, other = make_account(app), make_account(app)
    reset, second, others = (
        make_reset_path(app, person),
        make_not_me_path(app, person),
        make_reset_path(app, other),
    )
    from webapp.infra.links import get_link, make_link

    with entered(app), unit_of_work():
        undo = make_link("undo_address", person.id, timedelta(days=7))
    pages.get(make_not_me_path(app, person))
    pages.submit()
    stranger = PageClient(app.test_client())
    assert (stranger.get(reset).status, stranger.get(others).status) == (410, 200)
    page = stranger.get(second)
    assert (page.status, page.heading) == (410, "This link is no longer needed")
    with entered(app), unit_of_work(writes=False):
        assert get_link("undo_address", undo).account_id == person.id


@pytest.mark.database
def test_known_devices_and_sign_ins_under_way_are_forgotten(app: Flask, pages: PageClient) -> None:
    person, other = make_account(app), make_account(app)
    moments = {"first_seen_at": START, "last_seen_at": START, "trusted_until": START}
    with entered(app), unit_of_work():
        for each in (person, other):
            db.session.add(KnownDevice(device_id="d", account_id=each.id, device="", address="", **moments))
        pending = {"created_at": START, "expires_at": START, "is_page": True, "device_id": "d"}
        db.session.add(PendingSignIn(id="p", token_digest=b"t", account_id=person.id, **pending))
    pages.get(make_not_me_path(app, person))
    pages.submit()
    with entered(app), unit_of_work(writes=False):
        assert [each.account_id for each in db.session.query(KnownDevice)] == [other.id]
        assert db.session.get(PendingSignIn, "p") is None


def test_last_administrator_stays_reachable(app: Flask, pages: PageClient) -> None:
    root = make_administrator(app)
    pages.get(make_not_me_path(app, root))
    pages.submit()
    with entered(app), unit_of_work(writes=False):
        assert has_administrator()
    pages.submit(password=OTHER_PASSWORD)
    signed_in = sign_in(pages, type(root)(root.id, root.username, root.email, OTHER_PASSWORD))
    assert signed_in.status == 200
    assert pages.get("/admin/accounts").status == 200


def test_letter_carries_the_link(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="smtp://localhost:2525", MAIL_FROM="latchkey@example.org")
    person = make_account(app)
    with entered(app), unit_of_work():
        tell_owner(get_account(person.id), "test", "Something happened", ("Something happened.",))
    (letter,) = letters_to(app, person.email)
    pages = PageClient(app.test_client())
    assert pages.get(path_of(letter.others[0][1])).heading == "Secure your account"


def test_used_and_expired_links_say_so(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        path, late = make_not_me_path(app, person), make_not_me_path(app, make_account(app))
        pages.get(path)
        pages.submit()
        page = pages.get(path)
        assert (page.status, page.heading) == (410, "This link has been used")
        assert page.find("a[href=/forgot-password]") is not None
        clock.shift(timedelta(days=7))
        page = pages.get(late)
        assert (page.status, page.heading) == (410, "This link has expired")


def test_lock_stays(app: Flask, pages: PageClient) -> None:
    person = make_account(app, locked=True)
    pages.get(make_not_me_path(app, person))
    pages.submit()
    pages.submit(password=OTHER_PASSWORD)
    assert ask("api", app.test_client(), person.username, OTHER_PASSWORD).status_code == 403
