"""Acts on more accounts than one answer takes: done as a job, each account for itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.admin.bulk import CONFIRM, ask_all, confirm, notes_on, queue_lock, run_jobs
from tests.admin.console import Console, events, find, make_crowd, open_console
from tests.make import entered, make_account, make_administrator
from webapp.accounts import service
from webapp.admin import bulk_acts
from webapp.admin.bulk_orders import Order
from webapp.core.errors import Conflict
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.mark.database
def test_large_act_is_queued_done_and_told(app: Flask, console: Console) -> None:
    page = queue_lock(console)
    assert (page.heading, page.get("progress").attributes["value"]) == ("Lock 30 accounts", "0")
    assert page.get("[data-slot=pending]").text == "It begins within seconds."
    assert events(app, "account.locked") == []
    with entered(app), unit_of_work():
        service.lock(service.get_account("crowd0007"), "before", actor_id=None)
    run_jobs(app)
    page = console.pages.get(page.path)
    assert "30 of 30: 29 done, 1 left out." in page.text
    assert notes_on(page) == ["crowd0007: It is locked already."]
    locked = events(app, "account.locked")
    assert (len(locked), {each.actor_id for each in locked[1:]}) == (30, {console.root.id})
    job_id = page.path.rpartition("/")[2]
    assert {(each.via, each.request_id) for each in locked[1:]} == {("job", job_id)}
    assert [each.actor_id for each in events(app, "job.finished")] == [console.root.id]
    console.pages.submit("/admin/accounts/bulk")
    page = confirm(console)
    run_jobs(app)
    assert "29 of 29: 29 done" in console.pages.get(page.path).text


@pytest.mark.database
def test_account_that_refuses_undoes_nothing_of_the_others(app: Flask, console: Console) -> None:
    chief = make_administrator(app, "crowdchief")
    path = queue_lock(console).path
    with entered(app), unit_of_work():
        # Whoever asked is about to leave by their own wish, so that by now the other is the last to stay.
        root = service.get_account(console.root.id)
        root.deletion_due_at = root.created_at + timedelta(days=14)
    run_jobs(app)
    page = console.pages.get(path)
    assert "31 of 31: 30 done, 1 left out." in page.text
    last = "This is the last administrator who can sign in. Make another one first."
    assert notes_on(page) == [f"crowdchief: {last}"]
    assert {each.account_id for each in events(app, "account.locked")} == {f"crowd{n:04}" for n in range(30)}
    assert not find(app, chief).is_locked


def test_act_that_is_refused_halfway_leaves_nothing_of_itself(
    at_work: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = make_account(at_work, "bob")

    def half(_order: Order, account_id: str, _actor_id: str) -> None:
        service.get_account(account_id).display_name = "Half"
        db.session.flush()
        raise Conflict

    monkeypatch.setitem(bulk_acts.ACTS, "unlock", half)
    with unit_of_work():
        done = bulk_acts.act_on(Order("unlock"), bob.id, actor_id="somebody")
    assert done.refusal == Conflict.message
    assert find(at_work, bob).display_name == "bob"


def test_form_sent_twice_starts_one_job(app: Flask, console: Console) -> None:
    make_crowd(app, 30)
    page = ask_all(console, "lock", q="crowd")
    fields = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in page.form(CONFIRM).find_all("input[name]")
    }
    first = console.pages.post(CONFIRM, {**fields, "reason": "spam"})
    run_jobs(app)
    second = console.pages.post(CONFIRM, {**fields, "reason": "spam"})
    assert first.path == second.path
    assert "This was asked for already. It is done once." in second.text
    assert len(events(app, "job.started")) == 1
