"""Signing in leads back to another application, past the policy that keeps forms on this site."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.browser.people import password_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.make import Person
    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer


class _Application(BaseHTTPRequestHandler):
    """Another application, on another port and so of another origin."""

    def do_GET(self) -> None:
        body = b"<!DOCTYPE html><title>Reports</title><h1>Reports</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def application() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def send(page: Page, person: Person, target: str) -> None:
    page.goto(f"/login?next={quote(target, safe='')}")
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_sign_in_leads_to_the_registered_address_of_another_origin(
    live_server: LiveServer, browser: WatchedBrowser, person: Person, application: str
) -> None:
    browser.expect(r"favicon\.ico")
    address = f"{application}/signed-in?from=latchkey"
    assert live_server.run_command("clients", "add-return-address", address).returncode == 0
    page = browser.open()
    send(page, person, address)
    page.wait_for_url(address)
    assert page.get_by_role("heading", level=1).inner_text() == "Reports"
