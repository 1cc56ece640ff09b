"""Acts on many accounts refuse strangers, other roles by direct POST, forged and foreign forms, and old proofs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.admin.bulk import BULK, CONFIRM, csrf_of
from tests.admin.console import Console, enter, events, find, open_console
from tests.make import make_account, make_administrator
from tests.page_client import ORIGIN, PageClient
from webapp.admin.bulk_orders import SCOPES
from webapp.core import clock
from webapp.core.opaque import new_id

if TYPE_CHECKING:
    from flask import Flask

PATHS = (BULK, CONFIRM)


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def fields_of(console: Console, token: str | None, action: str = "lock") -> dict[str, str]:
    fields = {
        "action": action,
        "account": console.bob.id,
        "reason": "malice",
        "number": "1",
        "chosen_role": "administrator",
        "id": new_id(),
    }
    return fields if token is None else {**fields, "csrf_token": token}


def assert_untouched(console: Console) -> None:
    bob = find(console.app, console.bob)
    assert (bob.is_locked, bob.role_names, bob.deletion_due_at, bob.version) == (False, ["user"], None, 1)
    assert events(console.app, "job.started") == []


def test_stranger_is_sent_to_sign_in(console: Console) -> None:
    stranger = PageClient(console.app.test_client())
    token = stranger.get("/login").get("input[name=csrf_token]").attributes["value"]
    for path in PATHS:
        assert stranger.post(path, fields_of(console, token)).path.startswith("/login")
    assert_untouched(console)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (None, set()),
        ("auditor", set()),
        ("support", {"unlock", "end_sessions"}),
        ("administrator", set(SCOPES)),
    ],
)
def test_each_act_is_refused_to_every_role_without_its_right(
    console: Console, role: str | None, allowed: set[str]
) -> None:
    roles = ("user",) if role is None else ("user", role)
    pages = enter(console.app, make_account(console.app, "mallory", roles=roles))
    token = csrf_of(pages)
    for act in SCOPES:
        statuses = [pages.post(path, fields_of(console, token, act)).status for path in PATHS]
        if act in allowed:
            assert set(statuses) <= {200, 422}, act
        else:
            assert statuses == [403, 403], act
    refused = len(SCOPES) - len(allowed)
    assert len(events(console.app, "access.denied")) == 2 * refused
    if role != "administrator":
        assert_untouched(console)


def test_support_does_nothing_to_those_who_administer(console: Console) -> None:
    app = console.app
    chief = make_administrator(app, "chief")
    pages = enter(app, make_account(app, "helper", roles=("user", "support")))
    theirs = enter(app, chief)
    fields = {**fields_of(console, csrf_of(pages), "end_sessions"), "account": chief.id}
    for path in PATHS:
        page = pages.post(path, fields)
        assert "Only an administrator may do this to it." in page.text
    assert theirs.get("/admin/accounts").status == 200


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_form_without_its_own_token_is_refused(console: Console, token: str | None) -> None:
    for path in PATHS:
        page = console.pages.post(path, fields_of(console, token), headers={"Origin": ORIGIN})
        assert (page.status, "This form is too old" in page.text) == (400, True)
    assert_untouched(console)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_form_of_another_site_is_refused(console: Console, headers: dict[str, str]) -> None:
    token = csrf_of(console.pages)
    for path in PATHS:
        assert console.pages.post(path, fields_of(console, token), headers=headers).status == 403
    assert_untouched(console)


def test_old_proof_is_asked_for_anew_and_the_form_carried_on(console: Console) -> None:
    fields = {**fields_of(console, csrf_of(console.pages)), "account": [console.bob.id, "nobody"]}
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=True):
        page = console.pages.post(BULK, fields)
        assert page.find("input[name=password]") is not None
        page = console.pages.submit(BULK, password=console.root.password)
        assert (page.heading, "One selected account is not there" in page.text) == ("Lock 1 account", True)
    assert_untouched(console)


def test_forms_are_done_by_no_link(console: Console) -> None:
    for path in PATHS:
        page = console.pages.get(f"{path}?action=lock&account={console.bob.id}&reason=x")
        assert (page.status, page.path) == (200, "/admin/accounts")
    assert_untouched(console)


@pytest.mark.parametrize(
    "values",
    [
        {"reason": ""},
        {"reason": "x" * 201},
        {"reason": "a\x00b"},
        {"until": "tomorrow"},
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"until": "0001-01-01"},
        {"until": "2026-02-30"},
        {"until": "9" * 5_000},
    ],
)
def test_odd_reason_or_day_is_answered_beside_its_field(console: Console, values: dict[str, str]) -> None:
    fields = {**fields_of(console, csrf_of(console.pages)), **values}
    page = console.pages.post(CONFIRM, fields)
    (name,) = values
    assert page.status == 422
    assert page.find(f"#{name}-error") is not None
    assert_untouched(console)


def test_job_id_of_ones_own_making_is_replaced(console: Console) -> None:
    for odd in ("", "x", "A" * 26, "a" * 27, "'; DROP TABLE jobs; --"):
        page = console.pages.post(
            CONFIRM, {**fields_of(console, csrf_of(console.pages), "unlock"), "id": odd}
        )
        assert page.status == 422
        assert page.find("input[name=id]") is None
    page = console.pages.post(CONFIRM, {**fields_of(console, csrf_of(console.pages)), "id": "x"})
    assert (page.status, page.path.startswith("/admin/jobs/")) == (200, True)
    assert len(page.path.rpartition("/")[2]) == 26
