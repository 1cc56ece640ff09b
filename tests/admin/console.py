"""An administrator at the console, and crowds of accounts to look through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from tests.make import Person, entered, make_account, make_administrator, sign_in_unseen
from tests.page_client import PageClient
from webapp.accounts.models import Account
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def enter(app: Flask, person: Person) -> PageClient:
    """The person's browser, signed in; no page is open. A thousand tests begin so, and look at none on the way."""
    client = app.test_client()
    sign_in_unseen(client, person)
    return PageClient(client)


@dataclass(frozen=True, slots=True)
class Console:
    """`root` administers, `pages` is their browser, `bob` is somebody to look after."""

    app: Flask
    root: Person
    pages: PageClient
    bob: Person

    def open(self, person: Person | None = None) -> Page:
        """The page of one account, Bob's unless somebody else is named."""
        return self.pages.get(path_of(person or self.bob))

    def send(self, act: str, person: Person | None = None, **values: str | list[str] | None) -> Page:
        """Open the account's page (or the one that confirms `act`) and send that form."""
        path = path_of(person or self.bob)
        self.pages.get(f"{path}/{act}" if act in {"lock", "end-sessions"} else path)
        return self.pages.submit(f"{path}/{act}", button=None, **values)


def open_console(app: Flask, *, verified: bool = True) -> Console:
    root = make_administrator(app, "root")
    bob = make_account(app, "bob", verified=verified)
    return Console(app, root, enter(app, root), bob)


def path_of(person: Person) -> str:
    return f"/admin/accounts/{person.id}"


def make_crowd(app: Flask, size: int, *, tied: int = 1) -> list[str]:
    """`size` accounts without addresses, `tied` of them in each moment; their usernames, newest first."""
    with entered(app), unit_of_work():
        for number in range(size):
            name = f"crowd{number:04}"
            moment = FIRST_DAY + timedelta(minutes=number // tied)
            db.session.add(
                Account(id=name, username=name, username_key=name, display_name=name, created_at=moment)
            )
    return [f"crowd{number:04}" for number in reversed(range(size))]


def call(app: Flask, person: Person, display_name: str) -> None:
    """Give somebody a name past the rules for names, as an import or an older release may have."""
    with entered(app), unit_of_work():
        db.session.get_one(Account, person.id).display_name = display_name


def names_on(page: Page) -> list[str]:
    """The accounts a list shows, in its order."""
    return [link.text for link in page.find_all("tbody th a")]


def events(app: Flask, name: str) -> list[AuditEvent]:
    """Every event of that name, oldest first."""
    with entered(app), unit_of_work(writes=False):
        query = select(AuditEvent).where(AuditEvent.name == name).order_by(AuditEvent.id)
        return list(db.session.scalars(query))


def find(app: Flask, person: Person) -> Account:
    """The account as it is stored now."""
    from webapp.accounts.service import get_account

    with entered(app), unit_of_work(writes=False):
        return get_account(person.id)
