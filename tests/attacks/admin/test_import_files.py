"""Files that are no files of accounts, and imports asked for by those who may not, twice, or under forged ids."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import func, select

from tests.admin.bulk import csrf_of, queue_lock, run_jobs
from tests.admin.console import Console, enter, events, open_console
from tests.admin.transfer import IMPORT, check, confirm, lines_on, send, sentences_on
from tests.make import entered, make_account, make_administrator
from webapp.accounts import imports
from webapp.accounts.models import Account
from webapp.admin import account_import
from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.infra.database import db, unit_of_work
from webapp.infra.job_models import Job, JobFile, JobItem

if TYPE_CHECKING:
    from flask import Flask

HEADER = "username,email\n"
GOOD = HEADER + "mara,mara@example.org\n"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def count(app: Flask, model: type) -> int:
    with entered(app), unit_of_work(writes=False):
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_file_is_kept_sealed_and_erased_after_a_day_without_an_answer(app: Flask, console: Console) -> None:
    page = check(app, console.pages, GOOD)
    with entered(app), unit_of_work(writes=False):
        (kept,) = db.session.scalars(select(JobFile.body))
    assert b"mara" not in kept
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1), tick=True):
        run_jobs(app)
        assert (count(app, JobFile), count(app, JobItem)) == (0, 1)
        pages = enter(app, console.root)
        assert "Nobody confirmed it within 24 hours" in pages.get(page.path).text
    assert events(app, "accounts.imported") == []


def test_confirming_twice_or_by_two_at_once_stores_once(app: Flask, console: Console) -> None:
    check(app, console.pages, GOOD)
    other = enter(app, make_administrator(app, "chief"))
    other.get(console.pages.page.path)  # type: ignore[union-attr]
    confirm(console.pages)
    assert "waits for no answer" in confirm(other).text
    run_jobs(app)
    path = console.pages.page.path  # type: ignore[union-attr]
    assert (
        "waits for no answer"
        in console.pages.post(f"{path}/confirm", {"csrf_token": csrf_of(console.pages)}, headers=OWN).text
    )
    run_jobs(app)
    assert len(events(app, "accounts.imported")) == 1
    assert (
        console.pages.post(f"{path}/stop", {"csrf_token": csrf_of(console.pages)}, headers=OWN).status == 409
    )


def test_name_taken_after_the_check_is_left_out_and_noted(app: Flask, console: Console) -> None:
    page = check(app, console.pages, GOOD + "noor,noor@example.org\n")
    confirm(console.pages)
    with entered(app), unit_of_work():
        db.session.get_one(Account, console.bob.id).username_key = "mara"
    run_jobs(app)
    assert [line[2] for line in lines_on(console.pages.get(page.path))] == [
        "Refused The username mara is taken.",
        "Imported",
    ]


def test_import_that_is_interrupted_goes_on_and_a_stopped_one_says_how_much_it_stored(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_import, "_STORED_AT_ONCE", 2)
    page = check(app, console.pages, HEADER + "".join(f"p{i}x,p{i}x@example.org\n" for i in range(6)))
    confirm(console.pages)
    whole, steps = imports.store_accounts, []

    def broken(*arguments: object, **options: object) -> None:
        whole(*arguments, **options)  # type: ignore[arg-type]
        steps.append(1)
        if len(steps) == 2:
            raise RuntimeError("the process dies here")

    monkeypatch.setattr(imports, "store_accounts", broken)
    run_jobs(app)
    assert "2 of 6: 2 stored, 0 passed over." in console.pages.get(page.path).text
    console.pages.submit(f"{page.path}/stop")
    run_jobs(app)
    page = console.pages.get(page.path)
    assert sentences_on(page)[:2] == [
        "2 accounts were stored.",
        "4 new accounts were not stored. Send the file again to import them: what is there already is passed over.",
    ]
    assert [line[2] for line in lines_on(page)] == ["Imported"] * 2 + ["Not stored"] * 4
    monkeypatch.undo()
    check(app, console.pages, HEADER + "".join(f"p{i}x,p{i}x@example.org\n" for i in range(6)))
    confirm(console.pages)
    run_jobs(app)
    assert len(events(app, "account.created")) == 2 + 6


def test_rights_that_are_lost_meanwhile_end_it_before_anything_is_stored(
    app: Flask, console: Console
) -> None:
    page = check(app, console.pages, GOOD)
    other = enter(app, chief := make_administrator(app, "chief"))
    other.get(page.path)
    confirm(other)
    console.send("roles", chief, roles=["user"])
    run_jobs(app)
    assert "may not do it any more" in console.pages.get(page.path).text
    assert events(app, "accounts.imported") == []


@pytest.mark.parametrize("role", ["user", "auditor", "support"])
def test_import_is_refused_to_every_other_role(app: Flask, console: Console, role: str) -> None:
    page = check(app, console.pages, GOOD)
    pages = enter(app, make_account(app, "mallory", roles=tuple({"user", role})))
    token = csrf_of(pages)
    assert [pages.get(path).status for path in (IMPORT, page.path, f"{page.path}/progress")] == [403] * 3
    assert send(pages, GOOD, token=token).status == 403
    for act in ("confirm", "stop"):
        assert pages.post(f"{page.path}/{act}", {"csrf_token": token}, headers=OWN).status == 403
    assert events(app, "job.stopped") == []


def test_forged_ids_and_jobs_of_another_kind_are_no_imports(app: Flask, console: Console) -> None:
    job = queue_lock(console).path.rpartition("/")[2]
    for job_id in (job, new_id()):
        token = csrf_of(console.pages)
        assert console.pages.get(f"{IMPORT}/{job_id}").status == 404
        for act in ("confirm", "stop"):
            assert (
                console.pages.post(f"{IMPORT}/{job_id}/{act}", {"csrf_token": token}, headers=OWN).status
                == 404
            )
    page = send(console.pages, GOOD, id="'; DROP TABLE jobs; --")
    assert (page.status, len(page.path.rpartition("/")[2])) == (200, 26)
    again = send(console.pages, GOOD, id=page.path.rpartition("/")[2])
    assert (again.path, count(app, Job)) == (page.path, 2)
