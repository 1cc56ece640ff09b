"""The React example calls a service through a connection: as its page says, and never with the key in its hands."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.connections.making import CANARY_KEY
from tests.examples.conftest import print_token
from tests.examples.running import EXAMPLES, ROOT, Running, at_these, blocks, run_shell
from tests.examples.test_react_front_end import STORED, sign_in
from tests.make import PASSWORD
from tests.servers.valkey import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page
    from playwright.sync_api import Request as BrowserRequest

    from tests.examples.conftest import Latchkey
    from tests.servers.chromium import WatchedBrowser

pytestmark = [pytest.mark.curl, pytest.mark.browser, pytest.mark.node]
README = EXAMPLES / "react" / "README.md"
KEY = f"tides-{CANARY_KEY}"
PRINTED_ADDRESS = "http://127.0.0.1:5174/v1"


@pytest.fixture
def tides(tmp_path: Path) -> Iterator[Running]:
    running = Running(blocks(README)[2], free_port(), tmp_path / "tides", {"TIDES_KEY": KEY})
    yield running
    running.stop()


def make_the_connection(page: Page, latchkey: Latchkey, tides: Running) -> None:
    """What the table of the example's page says, typed in by an administrator."""
    table = dict(
        re.findall(r"^\| ([A-Z][\w ]+) \| (.+) \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    )
    base_url = tides.url.replace("localhost", "127.0.0.1") + "/v1"
    page.goto(f"{latchkey.url}/login?next=/admin/connections/new")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("textbox", name="Key", exact=True).fill(KEY)
    for label in ("Name", "Purpose", "Base URL", "Paths"):
        typed = table[label].strip("`").replace(PRINTED_ADDRESS, base_url)
        page.get_by_role("textbox", name=label, exact=True).fill(typed)
    page.get_by_label(re.search("tick `(.+)`", table["Roles"])[1], exact=True).check()  # type: ignore[index]
    page.get_by_role("button", name="Create connection").click()
    page.wait_for_url("**/admin/connections/*")


def what_came_and_went(requests: list[BrowserRequest]) -> str:
    """Addresses, headers and bodies of all of the page's traffic that has ended."""
    told = []
    for request in requests:
        answer = request.response()
        assert answer is not None
        told += [request.url, json.dumps(request.all_headers()), request.post_data or ""]
        told += [json.dumps(answer.all_headers()), answer.body().decode("utf-8", "replace")]
    return "\n".join(told)


def test_page_shows_and_follows_what_the_service_says_and_never_has_its_key(
    front_end: Running, tides: Running, browser: WatchedBrowser, latchkey: Latchkey
) -> None:
    page = browser.open()
    requests: list[BrowserRequest] = []
    page.on("requestfinished", lambda request: requests.extend([request]))
    # Nobody is signed in at first, and nobody may use what is not there yet.
    browser.expect("status of 40[13]")
    page.goto(f"{front_end.url}/#tides")
    sign_in(page, PASSWORD)
    page.get_by_role("alert").get_by_text("This account may not do that.").wait_for()
    make_the_connection(browser.open(), latchkey, tides)
    # What was before a reload cannot be read after it.
    before = what_came_and_went(requests)
    requests.clear()
    page.reload()
    page.get_by_role("row").nth(4).wait_for()
    page.get_by_label("Harbour").select_option("galway")
    page.get_by_text("Next tides at Galway").wait_for()
    page.get_by_role("button", name="Follow the level").click()
    page.get_by_text(re.compile(r"\d\.\d\d metres")).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Follow the level").wait_for()
    content = page.content() + json.dumps(page.evaluate(STORED))
    traffic = before + what_came_and_went(requests)
    assert all(each in traffic for each in ('"harbour":"Galway"', "Follow the level"))
    in_all = (content + traffic).lower()
    assert not [form for form in (KEY, b64encode(KEY.encode()).decode()) if form.lower() in in_all]
    assert {request.url.split("/")[2] for request in requests} == {
        url.split("/")[2] for url in (front_end.url, latchkey.url)
    }
    (command,) = blocks(ROOT / "docs" / "connections.md")
    token = print_token(latchkey.url)
    told = run_shell(at_these(command, {"localhost:8000": latchkey.url}), {"TOKEN": token})
    assert (told[:13], '"harbour":"Dover"' in told) == ("HTTP/1.1 200 ", True)


def test_service_refuses_whoever_has_not_its_key(tides: Running, latchkey: Latchkey) -> None:
    for headers in ({}, {"Authorization": f"Bearer {print_token(latchkey.url)}"}):
        with pytest.raises(HTTPError, match="401"):
            urlopen(Request(f"{tides.url}/v1/tides/dover", headers=headers), timeout=10)
