"""Photographs every page, narrow and wide, light and dark: `python -m tests.browser.screenshots FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

from tests.browser.account_area import outdate_proofs, proof_dialog
from tests.browser.neighbours import (
    ADMINISTRATOR,
    PHOTOGRAPHED,
    TO_LOCK,
    Neighbour,
    move_in,
)
from tests.browser.people import (
    fill_in_account,
    find_account,
    go_to_view,
    password_of,
    press,
    prove,
    see_overview,
    sign_in,
    spend_sign_ins,
)
from tests.browser.studio import Studio
from tests.make import OTHER_PASSWORD, PASSWORD, Person
from tests.servers.chromium import start_chromium
from tests.servers.live import LiveServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_BYTES = 8_000_000
CONSOLE = {
    "/admin": "dashboard",
    "/admin/sessions": "sessions",
    "/admin/roles": "roles",
    "/admin/roles/support": "role",
    "/admin/settings": "settings",
    "/admin/clients": "clients",
    "/admin/connections": "connections",
    "/admin/connections/new": "connection-new",
    "/admin/accounts/import": "import",
    "/admin/accounts/export": "export",
    "/admin/invitations": "invitations",
}
CONSOLE_BRIEFLY = {
    "/admin/settings/audit": "self-audit",
    "/admin/settings/proxy": "proxy",
    "/admin/webhooks": "webhooks",
    "/admin/webhooks/new": "webhook-new",
}
GUIDE = {
    "/guide": "guide",
    "/guide/refresh": "guide-refresh",
    "/guide/api": "guide-api",
    "/guide/api/profile": "guide-api-profile",
}
HIDE_LINK = (
    "document.querySelector('#shown-link').value = 'http://localhost:8000/reset-password/' + '•'.repeat(43)"
)

HIDE_SECRET = """() => {
    document.querySelector("#totp-secret").value = "•••• ".repeat(8);
    document.querySelector(".qr path").remove();
}"""


def known(neighbour: Neighbour) -> Person:
    return Person("", neighbour.username, f"{neighbour.username}@example.org", PASSWORD)


def set_up(studio: Studio) -> Page:
    page = studio.open()
    page.goto(studio.server.find_setup_link() or "")
    studio.take(page, "set-up")
    fill_in_account(page, known(ADMINISTRATOR))
    press(page, "Create administrator")
    see_overview(page)
    move_in(studio.server)
    return page


def photograph_visitor(studio: Studio) -> None:
    page = studio.open()
    page.goto("/login")
    studio.take(page, "login")
    _try_to_sign_in(page, "mara", "not the password")
    studio.take(page, "login-refused")
    for path, name in [
        ("/register", "register"),
        ("/forgot-password", "forgot-password"),
        ("/nowhere", "not-found"),
    ]:
        page.goto(path)
        studio.take(page, name)
    page.goto("/register")
    page.get_by_label("Username").fill("mara")
    page.get_by_label("Email").fill("mara@example")
    password_of(page).fill("lantern")
    press(page, "Create account")
    studio.take(page, "register-refused")
    for path, name in GUIDE.items():
        page.goto(path)
        studio.take(page, name, briefly=True)


def photograph_limit(studio: Studio) -> None:
    page = studio.open()
    spend_sign_ins(studio.server, known(PHOTOGRAPHED))
    _try_to_sign_in(page, "mara", "not the password")
    studio.take(page, "too-many-attempts")


def photograph_account(studio: Studio) -> None:
    page = studio.open()
    sign_in(page, known(PHOTOGRAPHED))
    see_overview(page)
    studio.take(page, "account")
    for name in ("Security", "Devices", "Activity", "Connections", "Token"):
        go_to_view(page, name)
        studio.take(page, f"account-{name.lower()}")
    go_to_view(page, "Security")
    page.get_by_role("button", name="Set up").click()
    expect(page.locator("#enrolment")).to_be_visible()
    page.evaluate(HIDE_SECRET)
    studio.take(page, "account-authenticator")
    page.goto("/account/security")
    outdate_proofs(studio.server)
    page.get_by_role("button", name="Download").click()
    expect(proof_dialog(page)).to_be_visible()
    studio.take(page, "account-proof")
    page.goto("/login?next=/account&confirm=1")
    studio.take(page, "confirm")


def photograph_console(studio: Studio, page: Page) -> None:
    # Proofs were outdated for a picture above.
    page.goto("/login?next=/admin&confirm=1")
    prove(page, known(ADMINISTRATOR))
    for path, name in CONSOLE.items():
        page.goto(path)
        studio.take(page, name)
    for path, name in CONSOLE_BRIEFLY.items():
        page.goto(path)
        studio.take(page, name, briefly=True)
    page.goto("/admin/accounts")
    studio.take(page, "accounts")
    page.goto("/admin/accounts?q=nobody")
    studio.take(page, "accounts-empty")
    find_account(page, known(PHOTOGRAPHED))
    studio.take(page, "account-page")
    press(page, "Make reset link")
    link = page.get_by_label("Link").input_value()
    page.evaluate(HIDE_LINK)
    studio.take(page, "reset-link")
    photograph_reset(studio, link)
    find_account(page, known(TO_LOCK))
    page.get_by_role("link", name="Lock account").click()
    page.get_by_label("Reason").fill("Reported a lost laptop")
    studio.take(page, "lock")
    press(page, "Lock account")
    studio.take(page, "account-page-locked")
    page.goto("/admin/audit")
    studio.take(page, "audit")
    page.goto("/admin/keys/rotate")
    studio.take(page, "rotate")
    press(page, "Rotate now")
    studio.take(page, "keys")


def photograph_reset(studio: Studio, link: str) -> None:
    page = studio.open()
    page.goto(link)
    studio.take(page, "reset-password")
    page.get_by_label("New password", exact=True).fill(OTHER_PASSWORD)
    press(page, "Save new password")
    studio.take(page, "login-after-reset")
    page.goto(link)
    studio.take(page, "link-used")


def _try_to_sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("Username or email").fill(username)
    password_of(page).fill(password)
    press(page, "Sign in")


def main(folder: Path) -> None:
    expect.set_options(timeout=15_000)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        server = LiveServer(Path(place)).start()
        try:
            studio = Studio(start_chromium(playwright), server, folder)
            console = set_up(studio)
            photograph_visitor(studio)
            photograph_account(studio)
            photograph_console(studio, console)
            photograph_limit(studio)
        finally:
            server.stop()
    pictures = list(folder.glob("*.png"))
    total = sum(picture.stat().st_size for picture in pictures)
    print(f"{len(pictures)} pictures, {total / 1e6:.2f} MB in {folder}")
    if total > MOST_BYTES:
        sys.exit(f"The pictures take more than {MOST_BYTES / 1e6:.0f} MB.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
