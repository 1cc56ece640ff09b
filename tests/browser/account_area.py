"""What people do in the account area, and what time does to their sessions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from pyotp import TOTP

from webapp.core import clock

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.make import Person
    from tests.servers.live import LiveServer

VIEWS = {
    "Overview": "/account",
    "Security": "/account/security",
    "Devices": "/account/devices",
    "Activity": "/account/activity",
    "Connections": "/account/connections",
    "Token": "/account/token",
}


def set_up_app(page: Page) -> list[str]:
    """Under Security: an authenticator app, and the recovery codes that came with it, still shown."""
    page.get_by_role("button", name="Set up").click()
    secret = page.get_by_label("Or type this key into it").input_value().replace(" ", "")
    page.get_by_label("The six digits it shows now").fill(TOTP(secret).at(clock.now()))
    page.locator("#enrolment").get_by_role("button", name="Confirm").click()
    expect(page.locator(".codes code")).to_have_count(10)
    return page.locator(".codes code").all_inner_texts()


def outdate_proofs(server: LiveServer) -> None:
    """Every session was proved an hour ago."""
    _change(server, "UPDATE sessions SET proved_at = datetime('now', '-1 hour')")


def verify_address(server: LiveServer, person: Person) -> None:
    """As if its link had been opened."""
    _change(
        server, "UPDATE email_addresses SET verified_at = datetime('now') WHERE address = ?", person.email
    )


def proof_dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Confirm it is you")


def give_password(page: Page, password: str) -> None:
    """In the dialog that asks who it is."""
    proof_dialog(page).get_by_label("Password", exact=True).fill(password)
    proof_dialog(page).get_by_role("button", name="Confirm").click()


def _change(server: LiveServer, statement: str, *values: str) -> None:
    with (
        closing(sqlite3.connect(server.folder / "instance" / "latchkey.db", timeout=30)) as database,
        database,
    ):
        database.execute(statement, values)
