"""The "This wasn't me" link in wrong hands: scanners, forgers, crowds, and whoever reads a mailbox or a database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.make import (
    OTHER_PASSWORD,
    entered,
    make_account,
    make_not_me_path,
    make_reset_path,
    make_setup_path,
    sign_in_by_api,
)
from tests.page_client import ORIGIN, PageClient
from tests.signin.faces import ask, events_of, is_in, session_ids
from webapp.accounts.models import Account
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import SingleUseLink

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def token_of(pages: PageClient, path: str) -> str:
    return pages.get(path).get("main input[name=csrf_token]").attributes["value"]


def test_scanner_that_opens_and_asks_for_everything_does_nothing(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    session = sign_in_by_api(app.test_client(), person)
    path = make_not_me_path(app, person)
    for method in ("GET", "HEAD", "GET"):
        client.open(path, method=method, headers={"User-Agent": "LinkScanner/1.0"})
    assert [client.open(path, method=each).status_code for each in ("PUT", "DELETE")] == [405, 405]
    assert app.test_client().get("/api/v1/protected", headers=session).status_code == 200
    assert PageClient(app.test_client()).get(path).status == 200


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5_000, "%00", "é", "%FF", "' OR 1=1 --", "../reset"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_link_that_was_made_up_opens_nothing(client: FlaskClient, token: str, method: str) -> None:
    answer = client.open(f"/not-me/{token}", method=method)
    assert answer.status_code in {400, 404, 410}


def test_links_for_other_purposes_are_none_of_these(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    reset, not_me = (
        each.rpartition("/")[2] for each in (make_reset_path(app, person), make_not_me_path(app, person))
    )
    assert pages.get(f"/not-me/{reset}").heading == "This link does not work"
    assert pages.get(f"/reset-password/{not_me}").heading == "This link does not work"


def test_set_up_link_secures_nobody(app: Flask, pages: PageClient) -> None:
    token = make_setup_path(app).rpartition("/")[2]
    assert pages.get(f"/not-me/{token}").status == 410


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_another_site_cannot_press_the_button(app: Flask, pages: PageClient, headers: dict[str, str]) -> None:
    path = make_not_me_path(app, make_account(app))
    fields = {"csrf_token": token_of(pages, path)}
    assert pages.post(path, fields, headers=headers).status == 403
    assert events_of(app, "account.secured") == []


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_form_without_its_token_is_shown_again_and_spends_nothing(
    app: Flask, pages: PageClient, token: str | None
) -> None:
    path = make_not_me_path(app, make_account(app))
    pages.get(path)
    page = pages.post(path, {} if token is None else {"csrf_token": token}, headers={"Origin": ORIGIN})
    assert (page.status, "Nothing has happened yet" in page.text) == (422, True)
    assert events_of(app, "account.secured") == []
    assert pages.submit().heading == "Choose a new password"


@pytest.mark.database
def test_twenty_at_once_spend_it_once(app: Flask) -> None:
    person = make_account(app)
    path = make_not_me_path(app, person)
    client = app.test_client()
    fields = {"csrf_token": token_of(PageClient(client), path)}
    start = threading.Barrier(20)

    def send(_: int) -> tuple[int, str]:
        start.wait(20)
        answer = client.post(path, data=fields)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    (reset,) = [location for status, location in answers if status == 303]
    assert {status for status, _ in answers} <= {303, 410, 503}
    assert len(events_of(app, "account.secured")) == 1
    assert PageClient(app.test_client()).get(reset).heading == "Choose a new password"


@pytest.mark.database
def test_two_letters_at_once_leave_one_way_in(app: Flask) -> None:
    person = make_account(app)
    letters = [PageClient(app.test_client()) for _ in range(2)]
    for each in letters:
        each.get(make_not_me_path(app, person))
    start = threading.Barrier(2)

    def press(pages: PageClient) -> int:
        start.wait(20)
        return pages.submit().status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, letters)) == [200, 410]
    assert len(events_of(app, "account.secured")) == 1


def test_holder_gets_no_session_and_no_further_than_the_second_step(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    with entered(app), unit_of_work():
        db.session.get_one(Account, person.id).second_factor_since = clock.now()
    pages.get(make_not_me_path(app, person))
    pages.submit()
    pages.submit(password=OTHER_PASSWORD)
    assert pages.get("/account").path.startswith("/login")
    assert not is_in_by_api(app, person.username, OTHER_PASSWORD)
    assert session_ids(app, person.id) == []


def is_in_by_api(app: Flask, username: str, password: str) -> bool:
    return is_in(ask("api", app.test_client(), username, password))


def test_database_holds_a_digest_only(app: Flask) -> None:
    token = make_not_me_path(app, make_account(app)).rpartition("/")[2]
    with app.app_context():
        rows = db.session.execute(select(*SingleUseLink.__table__.columns)).all()
    assert len(rows) == 1
    assert token not in repr(rows)


def test_secured_account_answers_a_guesser_as_before(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    pages.get(make_not_me_path(app, person))
    pages.submit()
    client = app.test_client()
    body = {"username": person.username, "password": "not the password at all"}
    guessed = client.post("/api/v1/login", json=body).get_json()
    unknown = client.post("/api/v1/login", json=body | {"username": "nobody"}).get_json()
    assert (guessed["error"], guessed["message"]) == (unknown["error"], unknown["message"])
