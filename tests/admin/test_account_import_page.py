"""Importing accounts in the console: first what would happen, line by line, then what was asked for, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from tests.admin.bulk import run_jobs
from tests.admin.console import Console, events, open_console
from tests.admin.transfer import check, confirm, lines_on, sentences_on
from tests.make import entered
from webapp.accounts.service import find_by_identifier
from webapp.infra.database import db, unit_of_work
from webapp.infra.job_models import JobFile

if TYPE_CHECKING:
    from flask import Flask

FILE = """username,email,email_verified,roles,display_name,locked_at,lock_reason
mara,mara@example.org,true,user auditor,Mara Linden,,
a b,x@example.org,,,,,
bob,bob@example.org,true,user,,,
noor,noor@example.org,no,,=1+1,2026-01-01,left the company
mara,other@example.org,,,,,
"""


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def find(app: Flask, name: str) -> Any:
    with entered(app), unit_of_work(writes=False):
        return find_by_identifier(name)


def pieces_of(app: Flask) -> int:
    """How much is kept of files."""
    with entered(app), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(JobFile)) or 0


@pytest.mark.database
def test_check_says_of_each_line_what_would_happen_and_stores_nothing(app: Flask, console: Console) -> None:
    page = check(app, console.pages, FILE)
    assert lines_on(page) == [
        ("2", "mara", "New"),
        (
            "3",
            "a b",
            "Refused Use 2 to 40 of a-z, 0-9, dot, hyphen and underscore, with a letter or digit at both ends.",
        ),
        ("4", "bob", "There already"),
        ("5", "noor", "New"),
        ("6", "mara", "Refused This username is on line 2 already."),
    ]
    assert find(app, "mara") is None
    shown = {
        name: len(lines_on(console.pages.get(f"{page.path}?show={name}")))
        for name in ("new", "there", "refused")
    }
    assert shown == {"new": 2, "there": 1, "refused": 2}


def test_numbers_on_the_way_tell_what_is_there_from_what_is_refused(app: Flask, console: Console) -> None:
    path = check(app, console.pages, FILE).path
    told = console.pages.client.get(f"{path}/progress").get_json()["words"]
    assert told == "5 of 5: 2 new, 1 there already, 2 refused."
    assert "0 of 5 2 new, 1 there already, 2 refused" in console.pages.get("/admin/jobs").text
    console.pages.get(path)
    confirm(console.pages, leave_out="y")
    run_jobs(app)
    told = console.pages.client.get(f"{path}/progress").get_json()["words"]
    assert told == "5 of 5: 2 stored, 3 passed over."
    assert "2 of 5 3 passed over" in console.pages.get("/admin/jobs").text


@pytest.mark.database
def test_confirmed_import_stores_what_is_new_as_the_file_has_it(app: Flask, console: Console) -> None:
    check(app, console.pages, FILE)
    page = confirm(console.pages)
    assert (page.status, "Tick this to import the others" in page.text) == (422, True)
    confirm(console.pages, leave_out="y")
    run_jobs(app)
    page = console.pages.get(page.path.removesuffix("/confirm"))
    assert sentences_on(page)[:3] == ["2 accounts were stored.", "1 was there already.", "2 were refused."]
    assert lines_on(page)[0][2] == "Imported"
    mara, noor = find(app, "mara@example.org"), find(app, "noor")
    assert (mara.role_names, mara.display_name, mara.is_verified, mara.verified_at is not None) == (
        ["auditor", "user"],
        "Mara Linden",
        True,
        True,
    )
    assert (noor.display_name, noor.lock_reason, noor.is_verified) == ("=1+1", "left the company", False)
    assert "Mara Linden" in console.pages.get("/admin/accounts?q=inden").text
    (event,) = events(app, "accounts.imported")
    assert (event.actor_id, event.detail) == (console.root.id, '{"count":2}')


def test_same_file_again_is_all_there_already_and_a_discarded_one_leaves_nothing(
    app: Flask, console: Console
) -> None:
    body = '{"username": "mara", "email": "mara@example.org"}\n'
    page = check(app, console.pages, body)
    page = console.pages.submit(f"{page.path}/stop")
    assert sentences_on(page)[0] == "No account was stored."
    assert (find(app, "mara"), pieces_of(app)) == (None, 0)
    check(app, console.pages, body)
    confirm(console.pages)
    assert pieces_of(app) == 1
    run_jobs(app)
    assert (find(app, "mara").password_hash, pieces_of(app)) == (None, 0)
    page = check(app, console.pages, f"[\n{body}]")
    assert lines_on(page) == [("1", "mara", "There already")]
    assert "There was nothing to import" in page.text
