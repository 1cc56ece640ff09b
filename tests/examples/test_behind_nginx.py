"""The nginx example: who is not signed in is led to the sign-in page and back, and nobody can say who they are."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.examples.conftest import inside, print_token
from tests.examples.running import EXAMPLES, Running, at_these, blocks, run_shell
from tests.make import PASSWORD, make_administrator
from tests.servers.live import LiveServer
from tests.servers.valkey import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.servers.chromium import WatchedBrowser

pytestmark = [pytest.mark.curl, pytest.mark.nginx, pytest.mark.browser]
SPOOFED = {
    "X-Auth-Subject": "root",
    "X-Auth-Username": "root",
    "X-Auth-Scopes": "admin:write",
    "X-Forwarded-Method": "GET",
    "X-Original-Method": "GET",
    "X-Forwarded-For": "10.1.2.3",
}
FETCH = """([path, method, headers]) => fetch(path, {method, headers, redirect: "manual"})
    .then(async (answer) => [answer.type, answer.ok ? await answer.json() : null])"""


class Echo(BaseHTTPRequestHandler):
    """The application behind nginx: it answers with what reached it."""

    def do_GET(self) -> None:
        seen = {"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def echo() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Site:
    """Everything of the example at work."""

    url: str
    latchkey: LiveServer


def as_root(block: str) -> str:
    # Workers of a root's nginx become nobody, who may not read the folders of tests.
    return block.replace("daemon off;", "daemon off; user root;") if os.geteuid() == 0 else block


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    shutil.copytree(EXAMPLES / "nginx", folder / "nginx", ignore=shutil.ignore_patterns("run"))
    page, port, inner = EXAMPLES / "nginx" / "README.md", free_port(), free_port()
    settings = dict(word.split("=", 1) for word in shlex.split(blocks(page)[0]) if "=" in word)
    settings["PUBLIC_URL"] = settings["PUBLIC_URL"].replace("8080", str(port))
    latchkey = LiveServer(folder, {**settings, "PORT": str(inner)}).start()
    with inside(latchkey) as app:
        make_administrator(app, "ada")
    with echo() as application:
        file = folder / "nginx" / "nginx.conf"
        ports = {"127.0.0.1:8080": port, "127.0.0.1:8000": inner, "127.0.0.1:9000": application}
        file.write_text(at_these(file.read_text(), {old: f"127.0.0.1:{new}" for old, new in ports.items()}))
        block = as_root(at_these(blocks(page)[1], {"examples/nginx": str(folder / "nginx")}))
        nginx = Running(block, port, folder / "log", {})
        yield Site(nginx.url, latchkey)
        nginx.stop()
    latchkey.stop()


def call(page: Page, method: str = "GET", **headers: str) -> Any:
    return page.evaluate(FETCH, ["/application/desk?x=1", method, headers])


def test_person_is_led_to_sign_in_and_back_and_the_application_knows_them(
    site: Site, browser: WatchedBrowser
) -> None:
    page = browser.open()
    page.goto(f"{site.url}/private/")
    assert page.url == f"{site.url}/login?next=/private/"
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="The reading room").wait_for()
    assert page.url == f"{site.url}/private/"
    _, seen = call(page, **SPOOFED)
    assert (seen["path"], seen["x-auth-username"]) == ("/desk?x=1", "ada")
    assert len(seen["x-auth-subject"]) == 26
    assert "admin:read" in seen["x-auth-scopes"].split()
    assert not {"cookie", "authorization"} & set(seen)
    assert call(page, "POST", **SPOOFED) == ["opaqueredirect", None]
    page.goto(f"{site.url}/account")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/login*")
    page.goto(f"{site.url}/private/index.html")
    assert page.url == f"{site.url}/login?next=/private/index.html"


def test_program_comes_with_a_token_and_nobody_with_less(site: Site) -> None:
    token = print_token(site.latchkey.url)
    spoofed = " ".join(f"-H '{name}: {value}'" for name, value in SPOOFED.items())
    ask = f"curl -s -o /dev/null -w '%{{http_code}} ' {spoofed} '{site.url}"
    told = run_shell(
        f"{ask}/application/'; {ask}/application/' -H 'Authorization: Bearer {token}x'; {ask}/_verify'; "
        f"{ask}/application/' -X POST -H 'Authorization: Bearer {token}'; {ask}/private/' -I"
    )
    assert told.split() == ["303", "303", "404", "200", "303"]
    seen = json.loads(
        run_shell(f"curl -s {spoofed} '{site.url}/application/' -H 'Authorization: Bearer {token}'")
    )
    assert (seen["x-auth-username"], seen.get("authorization")) == ("ada", None)
    assert seen["x-auth-subject"] != "root"


def test_configuration_as_it_stands_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name in ("nginx.conf", "forwarded.conf"):
        shutil.copy(EXAMPLES / "nginx" / name, tmp_path)
    run_shell(f"/usr/sbin/nginx -t -q -e stderr -p '{tmp_path}' -c nginx.conf")
