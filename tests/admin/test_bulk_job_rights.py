"""A job has the rights that whoever asked for it has at each step, and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from tests.admin.bulk import BULK, CONFIRM, ask, ask_all, confirm, csrf_of, queue_lock, run_jobs
from tests.admin.console import Console, enter, events, make_crowd, open_console
from tests.make import OTHER_PASSWORD, entered, make_account, make_administrator
from webapp.accounts import roles, service
from webapp.accounts.models import Account
from webapp.admin import removal
from webapp.admin import service as admin
from webapp.admin.new_password import require_new_password
from webapp.infra.database import db, unit_of_work
from webapp.infra.job_models import Job
from webapp.profile import store as profile_store
from webapp.recovery.flow import make_reset_link, reset_password
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def lock_root(app: Flask, console: Console) -> None:
    service.lock(service.get_account(console.root.id), "quarrel", actor_id=None)


def demote_root(app: Flask, console: Console) -> None:
    service.change_roles(service.get_account(console.root.id), ["user", "support"], actor_id="")


def secure_root(app: Flask, console: Console) -> None:
    account = service.get_account(console.root.id)
    account.secured_at = account.created_at + timedelta(days=1)


def order_root_deleted(app: Flask, console: Console) -> None:
    removal.order_deletion(console.root.id, actor_id=console.bob.id)


def delete_root(app: Flask, console: Console) -> None:
    profile_store.delete_account(console.root.id)


def void_roots_password(app: Flask, console: Console) -> None:
    require_new_password(console.root.id, actor_id=console.bob.id)


def reset_roots_password(app: Flask, console: Console) -> None:
    token = make_reset_link(service.get_account(console.root.id), actor_id=None)
    reset_password(token, OTHER_PASSWORD)


def sign_root_out_everywhere(app: Flask, console: Console) -> None:
    admin.end_sessions(console.root.id, actor_id=console.bob.id)


def end_roots_others(app: Flask, console: Console) -> None:
    sessions.end_all_sessions(console.root.id, EndCause.SIGNED_OUT_ELSEWHERE)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (void_roots_password, "changed or set aside meanwhile"),
        (reset_roots_password, "changed or set aside meanwhile"),
        (sign_root_out_everywhere, "was ended meanwhile"),
        (end_roots_others, "was ended meanwhile"),
        (lock_root, "was shut"),
        (demote_root, "may not do it any more"),
        (secure_root, "was secured meanwhile"),
        (order_root_deleted, "was shut"),
        (delete_root, "is gone"),
    ],
)
def test_job_ends_when_whoever_asked_lost_the_right_to_it(
    app: Flask, console: Console, happens: Callable[[Flask, Console], None], words: str
) -> None:
    make_administrator(app, "other")
    path = queue_lock(console).path
    with entered(app), unit_of_work():
        happens(app, console)
    run_jobs(app)
    with entered(app), unit_of_work(writes=False):
        job = db.session.get_one(Job, path.rpartition("/")[2])
        assert (job.position, words in (job.problem or "")) == (0, True), job.problem
    assert [each.account_id for each in events(app, "account.locked") if each.via == "job"] == []
    (ended,) = events(app, "job.finished")
    assert ended.result == "failure"


@pytest.mark.parametrize("cause", [EndCause.SIGNED_OUT, EndCause.IDLE, EndCause.ABSOLUTE])
def test_job_goes_on_after_its_asker_left_or_was_away(app: Flask, console: Console, cause: EndCause) -> None:
    path = queue_lock(console).path
    with entered(app), unit_of_work():
        sessions.end_all_sessions(console.root.id, cause)
    run_jobs(app)
    with entered(app), unit_of_work(writes=False):
        job = db.session.get_one(Job, path.rpartition("/")[2])
        assert (job.position, job.problem) == (30, None)


def test_role_that_grants_something_else_by_now_is_given_to_nobody(app: Flask, console: Console) -> None:
    make_crowd(app, 30)
    with entered(app), unit_of_work():
        roles.create_role("helpers", "x", ["read:profile"], actor_id=console.root.id)
    for number, meanwhile in enumerate((["read:profile", "admin:write"], None)):
        ask_all(console, "add_role", q="crowd", chosen_role="helpers")
        path = confirm(console).path
        with entered(app), unit_of_work():
            roles.delete_role(roles.hold_role("helpers"), actor_id=console.root.id)
            if meanwhile:
                roles.create_role("helpers", "x", meanwhile, actor_id=console.root.id)
        run_jobs(app)
        with entered(app), unit_of_work(writes=False):
            job = db.session.get_one(Job, path.rpartition("/")[2])
            assert (job.position, ("grants something else", "was deleted")[number] in str(job.problem)) == (
                0,
                True,
            )
            assert db.session.get_one(Account, "crowd0001").role_names == []


def test_support_unlocks_by_job_what_is_within_reach(app: Flask, console: Console) -> None:
    helper = make_account(app, "helper", roles=("user", "support"))
    pages = enter(app, helper)
    chief = make_administrator(app, "chief")
    make_crowd(app, 30)
    with entered(app), unit_of_work():
        db.session.execute(
            update(Account).where(Account.id.like("crowd%")).values(locked_at=Account.created_at)
        )
        service.lock(service.get_account(chief.id), "x", actor_id=None)
    crowd = [f"crowd{number:04}" for number in range(30)]
    token = csrf_of(pages)
    fields = {"csrf_token": token, "action": "unlock", "account": [*crowd, chief.id]}
    page = pages.post(BULK, fields)
    assert page.heading == "Unlock 30 accounts"
    assert "Only an administrator may do this to it." in page.text
    page = pages.submit(CONFIRM)
    run_jobs(app)
    assert "30 of 30: 30 done" in pages.get(page.path).text


def test_who_is_named_gets_what_was_said_when_the_rest_is_refused(app: Flask, console: Console) -> None:
    one = make_administrator(app, "one")
    ask(console, "lock", one, console.bob)
    with entered(app), unit_of_work():
        service.get_account(console.root.id).emails[0].verified_at = None
    # Held back to their own profile: the console is closed to them before anything happens.
    assert confirm(console, reason="x").status == 403
    assert events(app, "account.locked") == []
