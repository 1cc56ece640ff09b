"""The pages of jobs: the list, one job on its way, the numbers for a script, and the button that stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.make import entered, make_account
from tests.page_client import PageClient
from webapp.infra import jobs
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def queue(app: Flask, actor: Person | None = None, size: int = 4) -> str:
    with entered(app), unit_of_work():
        return jobs.queue_job(
            "count",
            name=f"Count {size} things",
            actor_id=actor.id if actor else None,
            detail={},
            subjects=[f"item{each}" for each in range(1, size + 1)],
        )


def move(app: Flask, position: int, *refused: int, ends: bool = False) -> None:
    """Take the job and bring it so far."""
    with entered(app), unit_of_work():
        claim = jobs.claim_job()
        assert claim is not None
        jobs.note_progress(claim, position, dict.fromkeys(refused, "Not this one."))
        if ends:
            jobs.finish_job(claim)


@pytest.mark.database
def test_list_shows_jobs_newest_first_and_a_page_at_a_time(app: Flask, console: Console) -> None:
    assert "No jobs" in console.pages.get("/admin/jobs").text
    for size in range(1, 53):
        queue(app, console.root, size)
    page = console.pages.get("/admin/jobs")
    assert [each.text for each in page.find_all("tbody th a")][:2] == ["Count 52 things", "Count 51 things"]
    assert "by root" in page.text
    page = console.pages.click("Older")
    assert [each.text for each in page.find_all("tbody th a")] == ["Count 2 things", "Count 1 things"]


def test_page_shows_how_far_a_job_is_and_what_was_left_out(app: Flask, console: Console) -> None:
    path = f"/admin/jobs/{queue(app, console.root)}"
    assert "It begins within seconds." in console.pages.get(path).text
    move(app, 3, 2)
    page = console.pages.get(path)
    assert "3 of 4: 2 done, 1 left out." in page.text
    assert "Not this one." in page.text
    bar = page.get("progress").attributes
    assert (bar["value"], bar["max"], page.get("job-progress").attributes["src"]) == (
        "3",
        "4",
        f"{path}/progress",
    )
    assert page.find("a[data-slot=look]") is not None


def test_left_out_items_are_paged(app: Flask, console: Console) -> None:
    path = f"/admin/jobs/{queue(app, console.root, 60)}"
    move(app, 60, *range(1, 61), ends=True)
    page = console.pages.get(path)
    assert len(page.find_all(".rows .row")) == 50
    page = console.pages.click("Further")
    assert [len(page.find_all(".rows .row")), page.find_all(".rows .row code")[0].text] == [10, "item51"]
    for odd in ("-1", "x", "9" * 30, "²", "99999999999"):
        assert console.pages.get(f"{path}?after={odd}").status == 200


def test_numbers_for_a_script_are_small_and_kept_nowhere(app: Flask, console: Console) -> None:
    job_id = queue(app, console.root)
    move(app, 3, 2)
    answer = console.pages.client.get(f"/admin/jobs/{job_id}/progress")
    assert answer.get_json() == {
        "position": 3,
        "total": 4,
        "words": "3 of 4: 2 done, 1 left out.",
        "outlook": "It goes on when you leave this page, and after a restart.",
        "is_over": False,
    }
    assert answer.headers["Cache-Control"] == "no-store"
    stranger = PageClient(app.test_client())
    assert stranger.get(f"/admin/jobs/{job_id}/progress").path.startswith("/login")


def test_job_is_stopped_by_whoever_may_and_told_so(app: Flask, console: Console) -> None:
    path = f"/admin/jobs/{queue(app)}"
    console.pages.get(path)
    page = console.pages.submit(f"{path}/stop")
    assert "It stops after the accounts at hand." in page.text
    assert page.find("[data-slot=stop]") is None
    assert page.get("[data-slot=pending]").text == "It stops after the accounts at hand."
    assert [each.actor_id for each in events(app, "job.stopped")] == [console.root.id]
    move(app, 4, ends=True)
    token = console.pages.get("/account").get("input[name=csrf_token]").attributes["value"]
    assert console.pages.post(f"{path}/stop", {"csrf_token": token}).status == 409


@pytest.mark.parametrize("job_id", ["nobody", "a" * 26, "A" * 26])
def test_job_that_is_not_there_is_not_found(console: Console, job_id: str) -> None:
    for below in ("", "/progress"):
        assert console.pages.get(f"/admin/jobs/{job_id}{below}").status == 404


def test_who_looks_only_sees_jobs_and_stops_none(app: Flask, console: Console) -> None:
    auditor = enter(app, make_account(app, "auditor", roles=("user", "auditor")))
    helper = make_account(app, "helper", roles=("user", "support"))
    theirs, others = queue(app, helper), queue(app, console.root)
    assert auditor.get(f"/admin/jobs/{others}").find("[data-slot=stop]") is None
    supporting = enter(app, helper)
    assert supporting.get(f"/admin/jobs/{others}").find("[data-slot=stop]") is None
    assert supporting.get(f"/admin/jobs/{theirs}").find("[data-slot=stop]") is not None
    for pages, job_id, status in (
        (auditor, others, 403),
        (supporting, others, 403),
        (supporting, theirs, 200),
    ):
        token = pages.get("/account").get("input[name=csrf_token]").attributes["value"]
        assert pages.post(f"/admin/jobs/{job_id}/stop", {"csrf_token": token}).status == status
    assert [each.actor_id for each in events(app, "job.stopped")] == [helper.id]
