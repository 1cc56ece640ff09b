"""An administrator who selects accounts and says what to do with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.admin.console import make_crowd
from webapp.ops.job_runner import JobRunner
from webapp.ops.job_steps import STEPS

if TYPE_CHECKING:
    from flask import Flask

    from tests.admin.console import Console
    from tests.make import Person
    from tests.page_client import Page, PageClient

BULK = "/admin/accounts/bulk"
CONFIRM = "/admin/accounts/bulk/confirm"


def csrf_of(pages: PageClient) -> str:
    """The value that this browser's forms carry."""
    return pages.get("/account").get("input[name=csrf_token]").attributes["value"]


def ask(console: Console, action: str, *people: Person, pages: PageClient | None = None, **more: str) -> Page:
    """What the list sends: the page that says what will happen."""
    browser = pages or console.pages
    fields = {"csrf_token": csrf_of(browser), "action": action, "account": [each.id for each in people]}
    return browser.post(BULK, {**fields, **more})


def ask_all(console: Console, action: str, **filters: str) -> Page:
    """The same for everybody who matches."""
    fields = {"csrf_token": csrf_of(console.pages), "action": action, "everyone": "1"}
    return console.pages.post(BULK, {**fields, **filters})


def confirm(console: Console, **values: str) -> Page:
    """Send the form of the page that is open."""
    return console.pages.submit(CONFIRM, **values)


def people_on(page: Page) -> list[list[str]]:
    """Who is named in each list: those it happens to, then those left out, by reason."""
    return [[link.text for link in each.find_all("a")] for each in page.find_all("ul.people")]


def notes_on(page: Page) -> list[str]:
    """What the page of a job says of single accounts."""
    return [
        f"{row.get('.row-title').text}: {row.get('.row-note').text}"
        for row in page.find_all("main .rows .row")
    ]


def queue_lock(console: Console, size: int = 30) -> Page:
    """Have a crowd locked; the page of the job."""
    make_crowd(console.app, size)
    ask_all(console, "lock", q="crowd")
    return confirm(console, reason="spam")


def run_jobs(app: Flask) -> None:
    """Do what waits, as a process of its own would."""
    runner = JobRunner(app, STEPS)  # type: ignore[arg-type]
    while runner.run_one():
        pass
