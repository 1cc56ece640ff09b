"""An invitation: shown by GET, accepted by POST, for the address it names and with the roles it gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.make import PASSWORD, Person, entered, make_account, make_administrator, sign_in
from tests.page_client import PageClient
from tests.signin.faces import end_cause_of, events_of, session_ids
from webapp.accounts import service
from webapp.infra.database import unit_of_work

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
GUEST = "guest@example.net"


def invite(app: Flask, root: Person, *roles: str, email: str = GUEST) -> str:
    """The path of an invitation, as an administrator hands it over where no mail is."""
    from webapp.admin.invitations import invite as make_invitation

    with entered(app), unit_of_work():
        token = make_invitation(email, roles or ("user",), actor_id=root.id).token
    return f"/invite/{token}"


@pytest.fixture
def root(app: Flask) -> Person:
    return make_administrator(app, "root")


@pytest.mark.database
@pytest.mark.parametrize("registration", ["open", "invite", "closed"])
def test_guest_has_a_verified_account_with_the_roles_and_is_in(
    make_app: Callable[..., Flask], registration: str
) -> None:
    app = make_app(REGISTRATION=registration)
    pages = PageClient(app.test_client())
    page = pages.get(invite(app, make_administrator(app), "administrator"))
    assert (page.heading, GUEST in page.text) == ("You are invited", True)
    assert pages.submit(username="guest", password=PASSWORD).path == "/account"
    with app.app_context():
        account = service.find_by_identifier(GUEST)
        assert account is not None
        assert (account.username, account.role_names) == ("guest", ["administrator", "user"])
    assert len(events_of(app, "invitation.accepted")) == 1


def test_form_asks_for_a_name_and_a_password_alone(app: Flask, root: Person, pages: PageClient) -> None:
    form = pages.get(invite(app, root)).form()
    names = [each.attributes.get("name") for each in form.find_all("input")]
    assert names == ["csrf_token", "username", "password"]


def test_address_of_the_form_is_not_heard(app: Flask, root: Person, pages: PageClient) -> None:
    path = invite(app, root)
    token = pages.get(path).get("input[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "username": "guest", "password": PASSWORD, "email": "other@example.net"}
    pages.client.post(path, data={**data, "roles": "administrator"})
    with app.app_context():
        account = service.find_by_identifier("guest")
        assert account is not None
        assert account.email is not None
        assert (account.email.address, account.role_names) == (GUEST, ["user"])


def test_opening_and_refusals_spend_nothing(app: Flask, root: Person, pages: PageClient) -> None:
    path = invite(app, root)
    assert [pages.get(path).status for _ in range(3)] == [200] * 3
    for values in ({"username": "root"}, {"username": "x"}, {"password": "short"}):
        page = pages.submit(**({"username": "guest", "password": PASSWORD} | values))
        assert page.status == 422
        assert "short" not in page.html
    assert pages.submit(username="guest", password=PASSWORD).path == "/account"


def test_used_link_says_so(app: Flask, root: Person, pages: PageClient) -> None:
    path = invite(app, root)
    pages.get(path)
    pages.submit(username="guest", password=PASSWORD)
    page = PageClient(app.test_client()).get(path)
    assert (page.status, page.heading) == (410, "This link has been used")


def test_link_lasts_a_week(app: Flask, pages: PageClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        path = invite(app, make_administrator(app))
        clock.shift(timedelta(days=7, seconds=-1))
        assert pages.get(path).status == 200
        clock.shift(timedelta(seconds=1))
        page = pages.submit(username="guest", password=PASSWORD)
        assert (page.status, page.heading) == (410, "This link has expired")
        assert "Ask whoever invited you" in page.text


def test_link_forwarded_to_somebody_signed_in_says_whom_it_is_for(
    app: Flask, root: Person, pages: PageClient
) -> None:
    person = make_account(app, "eve")
    sign_in(pages, person)
    (session,) = session_ids(app, person.id)
    page = pages.get(invite(app, root))
    assert "You are signed in as eve in this browser." in page.text
    assert f"The invitation is for {GUEST}" in page.text
    pages.submit(username="guest", password=PASSWORD)
    assert end_cause_of(app, session) == "signed_in_again"


def test_invitation_ends_with_the_rights_of_whoever_sent_it(
    app: Flask, root: Person, pages: PageClient
) -> None:
    other = make_administrator(app, "other")
    path = invite(app, other, "administrator")
    pages.get(path)
    with entered(app), unit_of_work():
        service.change_roles(service.get_account(other.id), ["user"], actor_id=root.id)
    page = pages.submit(username="guest", password=PASSWORD)
    assert (page.status, page.heading) == (410, "This invitation was taken back")
    with app.app_context():
        assert service.find_by_identifier("guest") is None


def test_address_that_was_verified_meanwhile_is_said(app: Flask, root: Person, pages: PageClient) -> None:
    path = invite(app, root, email="ada@example.org")
    pages.get(path)
    make_account(app, "ada")
    page = pages.submit(username="guest", password=PASSWORD)
    assert (page.status, page.heading) == (410, "This address has an account")


@pytest.mark.database
def test_link_sent_from_ten_windows_makes_one_account(app: Flask, root: Person) -> None:
    path = invite(app, root)

    def window(number: int) -> Callable[[], int]:
        pages = PageClient(app.test_client())
        pages.get(path)
        return lambda: pages.submit(username=f"guest{number}", password=PASSWORD).status

    windows = [window(number) for number in range(10)]
    with ThreadPoolExecutor(10) as people:
        answers = Counter(each.result() for each in [people.submit(window) for window in windows])
    assert (answers[200], answers[410] + answers[503]) == (1, 9)
    assert len(events_of(app, "invitation.accepted")) == 1


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5_000, "%00", "' OR 1=1 --"])
def test_unknown_link_says_so(pages: PageClient, token: str) -> None:
    assert pages.client.get(f"/invite/{token}").status_code in {400, 404, 410}


def test_form_whose_csrf_value_does_not_fit_spends_nothing(
    app: Flask, root: Person, pages: PageClient
) -> None:
    path = invite(app, root)
    pages.get(path)
    page = pages.post(path, data={"username": "guest", "password": PASSWORD})
    assert (page.status, PASSWORD in page.html) == (422, False)
    assert pages.submit(username="guest", password=PASSWORD).path == "/account"
