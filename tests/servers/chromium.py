"""A real browser that reports what a person would not see: script errors, CSP violations, requests to strangers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.servers.canary_run import NETS
from tests.servers.network import is_local
from webapp.core import clock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

# Chromium without its own windows, menus and services: the same engine for half of the processor time.
CHROMIUM = Path("/usr/bin/chromium-headless-shell")
# A busy machine is no failure: this long one waits for what is about to happen on a page.
PATIENCE_SECONDS = 20
# Names other than this machine's do not resolve, and the browser makes no calls of its own.
ARGUMENTS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
# What it calls itself where it has windows.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP violation: ${event.effectiveDirective} ${event.blockedURI}`));
"""


def start_chromium(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(
        executable_path=str(CHROMIUM), chromium_sandbox=False, headless=True, args=ARGUMENTS
    )


class WatchedBrowser:
    """Contexts and pages of one test. Anything unexpected that happens in them is kept in `problems`."""

    def __init__(self, browser: Browser, base_url: str | None = None) -> None:
        self._browser = browser
        self._base_url = base_url
        self._expected: list[re.Pattern[str]] = []
        self.contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def open_context(self, **options: Any) -> BrowserContext:
        """A person's own browser, with no cookies yet. Options as playwright's new_context takes them."""
        options.setdefault("base_url", self._base_url)
        options.setdefault("user_agent", AGENT.format(major=self._browser.version.partition(".")[0]))
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self._note(f"script error: {error.error}"))
        context.on("request", self._note_request)
        context.on("requestfailed", self._note_failure)
        self.contexts.append(context)
        return context

    def open(self, path: str | None = None, **options: Any) -> Page:
        """A page in a context of its own, at `path` where one is given."""
        page = self.open_context(**options).new_page()
        if path is not None:
            page.goto(path)
        return page

    def expect(self, pattern: str) -> None:
        """Take problems that match `pattern`, seen before or from now on, as part of the test."""
        self._expected.append(re.compile(pattern))
        self.problems = [problem for problem in self.problems if not self._is_expected(problem)]

    def await_problem(self, page: Page, pattern: str) -> None:
        """Wait for a problem that matches `pattern`, and take it as part of the test.

        A page counts as loaded before its browser has told of all that went wrong on it.
        """
        wanted = re.compile(pattern)
        patience = clock.monotonic() + PATIENCE_SECONDS
        while not any(wanted.search(problem) for problem in self.problems):
            assert clock.monotonic() < patience, f"nothing like {pattern!r} in {self.problems}"
            # A round trip to the browser, during which its reports are delivered.
            page.evaluate("new Promise((done) => requestAnimationFrame(done))")
        self.expect(pattern)

    def photograph(self, folder: Path) -> list[Path]:
        """A picture of every open page, for the report of a failed test."""
        taken: list[Path] = []
        for page in [page for context in self.contexts for page in context.pages if not page.is_closed()]:
            file = folder / f"page-{len(taken)}.png"
            page.screenshot(path=file, full_page=True, timeout=5_000)
            taken.append(file)
        return taken

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _is_expected(self, problem: str) -> bool:
        return any(pattern.search(problem) for pattern in self._expected)

    def _note(self, problem: str) -> None:
        if not self._is_expected(problem):
            self.problems.append(problem)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _note_request(self, request: Request) -> None:
        NETS.look_at_request(request)
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and not is_local(url.hostname):
            self._note(f"request to a stranger: {request.url}")

    def _note_failure(self, request: Request) -> None:
        # A page that is left ends its own requests.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"failed request: {request.method} {request.url} {request.failure}")
