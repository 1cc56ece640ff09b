"""What administrators do on the pages that ask once more, and people who may do less than they."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.admin.console import Console, enter, path_of
from tests.make import make_account

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person
    from tests.page_client import Page, PageClient

MAIL = {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


def confirm(console: Console, act: str, person: Person | None = None, **values: str | None) -> Page:
    """Open the page that says what `act` will do, and send its form."""
    path = f"{path_of(person or console.bob)}/{act}"
    console.pages.get(path)
    return console.pages.submit(path, **values)


def delete(console: Console, person: Person | None = None) -> Page:
    """Type the name, and have the account deleted."""
    return confirm(console, "delete", person, username=(person or console.bob).username)


def enter_as(app: Flask, role: str) -> PageClient:
    """The browser of somebody who holds this role, signed in."""
    return enter(app, make_account(app, f"the-{role}", roles=("user", role)))


def post(pages: PageClient, path: str, **values: str) -> Page:
    """Send a form that no page offered, with this browser's own token."""
    token = pages.get("/account/second-step").get("input[name=csrf_token]").attributes["value"]
    return pages.post(path, {**values, "csrf_token": token})
