"""The browser that tests use notices what a person would not see."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.connections.making import CANARY_KEY
from tests.servers.canary_run import NETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.chromium import WatchedBrowser

pytestmark = pytest.mark.browser

PAGES = {
    "/strict": (b"<!doctype html><title>t</title><p style='color: red'>red</p>", "default-src 'self'"),
    "/stranger": (b"<!doctype html><title>t</title><img src='https://stranger.example/a.png'>", "img-src *"),
    "/script": (b"<!doctype html><title>t</title><script>nothing()</script>", "script-src 'unsafe-inline'"),
    "/plain": (b"<!doctype html><title>t</title><link rel=icon href=data:,>", "img-src data:"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, policy = PAGES.get(self.path, (b"", "default-src 'self'"))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/strict", "CSP violation: style-src-attr"),
        ("/stranger", "request to a stranger: https://stranger.example/a.png"),
        ("/script", "script error: .*nothing is not defined"),
    ],
)
def test_what_goes_wrong_on_a_page_is_noticed(
    browser: WatchedBrowser, site: str, path: str, problem: str
) -> None:
    browser.await_problem(browser.open(site + path), problem)
    assert not any(re.search(problem, each) for each in browser.problems)
    # A broken page may have more to report, of the same fault in other words.
    browser.expect(".")


def test_quiet_page_has_no_problems(browser: WatchedBrowser, site: str) -> None:
    assert browser.open(site + "/plain").title() == "t"
    assert browser.problems == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (f"fetch('/?key={CANARY_KEY}')", "/?key=" + "*" * len(CANARY_KEY)),
        (f"fetch('/head', {{ headers: {{ 'X-Key': btoa('{CANARY_KEY}') }} }})", "/head"),
        (f"fetch('/body', {{ method: 'POST', body: '{CANARY_KEY}' }})", "/body"),
        (f"fetch('/admin/connections/new', {{ method: 'POST', body: '{CANARY_KEY}' }})", None),
    ],
)
def test_key_of_a_connection_in_what_a_page_sends_is_noticed(
    browser: WatchedBrowser, site: str, asked: str, told: str | None
) -> None:
    browser.open(site + "/plain").evaluate(f"{asked}.then(() => true)")
    assert NETS.take() == ([f"a request of a page: {site}{told}"] if told else [])
    # The site takes no forms.
    browser.expect("501")
