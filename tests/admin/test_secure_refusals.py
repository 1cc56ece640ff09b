"""Securing at the console: who may not, forged forms, stale proofs, and an administrator who is demoted meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.admin.console import Console, enter, events, find, make_crowd, open_console
from tests.make import entered, make_account, make_administrator
from tests.page_client import ORIGIN, PageClient
from webapp.accounts.service import change_roles, get_account
from webapp.admin import secure
from webapp.infra.database import keep_so_far, unit_of_work

if TYPE_CHECKING:
    from typing import Any

    from flask import Flask

SECURE = "/admin/accounts/secure"
START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def token_of(pages: PageClient, path: str = "/account") -> str:
    return pages.get(path).get("input[name=csrf_token]").attributes["value"]


def test_stranger_is_sent_to_sign_in(app: Flask, console: Console) -> None:
    stranger = PageClient(app.test_client())
    assert stranger.get(f"{SECURE}?account={console.bob.id}").path.startswith("/login?next=")
    fields = {"csrf_token": token_of(stranger, "/login"), "account": console.bob.id}
    assert stranger.post(SECURE, fields).path.startswith("/login")
    assert events(app, "account.secured") == []


def test_plain_person_is_refused_and_written_down(app: Flask, console: Console) -> None:
    carol = make_account(app, "carol")
    pages = enter(app, carol)
    fields = {"csrf_token": token_of(pages), "account": console.bob.id}
    assert [pages.get(SECURE).status, pages.post(SECURE, fields).status] == [403, 403]
    assert [each.account_id for each in events(app, "access.denied")] == [carol.id] * 2
    assert events(app, "account.secured") == []


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_form_of_another_site_is_refused(app: Flask, console: Console, headers: dict[str, str]) -> None:
    fields = {"csrf_token": token_of(console.pages), "account": console.bob.id}
    assert console.pages.post(SECURE, fields, headers=headers).status == 403
    assert events(app, "account.secured") == []


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_form_without_its_token_is_refused(app: Flask, console: Console, token: str | None) -> None:
    fields = {"account": console.bob.id} | ({} if token is None else {"csrf_token": token})
    assert console.pages.post(SECURE, fields, headers={"Origin": ORIGIN}).status == 400
    assert events(app, "account.secured") == []


def test_stale_proof_is_asked_for_and_the_selection_kept(app: Flask) -> None:
    with time_machine.travel(START, tick=False) as clock:
        console = open_console(app)
        carol = make_account(app, "carol")
        clock.shift(timedelta(minutes=11))
        console.pages.get(f"{SECURE}?account={console.bob.id}&account={carol.id}")
        assert console.pages.submit(SECURE).heading == "Confirm it is you"
        assert events(app, "account.secured") == []
        page = console.pages.submit(SECURE, password=console.root.password)
        assert page.heading == "2 accounts secured"


@pytest.mark.database
def test_administrator_who_is_demoted_meanwhile_goes_no_further(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_administrator(app, "other")
    crowd = sorted(make_crowd(app, 50))
    fields = {"csrf_token": token_of(console.pages), "account": crowd}

    def keep_and_be_demoted() -> None:
        keep_so_far()
        with ThreadPoolExecutor(1) as others:
            others.submit(demote, app, console.root.id).result()

    monkeypatch.setattr(secure, "keep_so_far", keep_and_be_demoted)
    page = console.pages.post(SECURE, fields)
    assert page.heading == "20 accounts secured"
    assert "30 accounts not come to" in page.text
    assert len(events(app, "account.secured")) == 20


def demote(app: Flask, account_id: str) -> None:
    with entered(app), unit_of_work():
        change_roles(get_account(account_id), ["user"], actor_id=account_id)


@pytest.mark.database
def test_twenty_at_once_secure_once(app: Flask, console: Console) -> None:
    fields: dict[str, Any] = {"csrf_token": token_of(console.pages), "account": console.bob.id}
    cookies = console.pages.client
    start = threading.Barrier(20)

    def send(_: int) -> int:
        start.wait(20)
        return cookies.post(SECURE, data=fields).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(send, range(20))) <= {200, 503}
    assert len(events(app, "account.secured")) == 1
    assert find(app, console.bob).password_voided_at is not None
