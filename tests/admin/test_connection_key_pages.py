"""Where and how a key goes: facts where a connection is changed, fields where another key is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, open_console
from tests.connections.making import CANARY_KEY, OTHER_KEY, make_connection
from tests.connections.test_sending import sent_so
from webapp.admin.connection_forms import as_written

if TYPE_CHECKING:
    from flask import Flask

    from tests.connections.making import Made
    from tests.page_client import Page

WORDS = {
    "base_url": "https://api.example.com/bot-of-ours",
    "auth_kind": "header",
    "auth_name": "X-Key",
    "auth_template": "Token {key}",
}
MINE = {"base_url": "https://api.example.com/bot-of-mine", "auth_kind": "query", "auth_name": "text"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.fixture
def made(app: Flask) -> Made:
    return make_connection(app, **WORDS)


def hidden_in(page: Page, path: str) -> dict[str, str]:
    hidden = page.form(path).find_all("input[type=hidden]")
    return {each.attributes["name"]: each.attributes["value"] for each in hidden}


def test_page_of_changes_tells_them_and_takes_neither(app: Flask, console: Console, made: Made) -> None:
    path = f"/admin/connections/{made.id}"
    page = console.pages.get(f"{path}/edit")
    for text in (WORDS["base_url"], "X-Key: Token ********", "A key goes where it was typed for"):
        assert text in page.text, text
    assert [page.find(f"[name={each}]") for each in WORDS] == [None] * 4
    assert page.get(f".row-note a[href='{path}/key']").text == "Replace key"
    sent = {**as_written(), **hidden_in(page, f"{path}/edit"), "purpose": "Mine now", **MINE}
    assert "The connection is saved." in console.pages.post(f"{path}/edit", sent).text
    assert sent_so(app, made) == WORDS | {"key": CANARY_KEY}


def test_page_of_another_key_begins_with_what_is_there_and_takes_both(
    app: Flask, console: Console, made: Made
) -> None:
    path = f"/admin/connections/{made.id}/key"
    page = console.pages.get(path)
    assert page.get("[name=auth_kind][checked]").attributes["value"] == "header"
    for name in ("base_url", "auth_name", "auth_template"):
        assert page.get(f"#{name}").attributes["value"] == WORDS[name]
    page = console.pages.submit(path, key_credential="short", base_url="ftp://x", auth_name="Host")
    assert (page.status, len(page.find_all(".error-summary li"))) == (422, 3)
    assert page.get("#auth_name-error").text == "Host cannot carry a key."
    assert sent_so(app, made) == WORDS | {"key": CANARY_KEY}
    page = console.pages.submit(path, key_credential=OTHER_KEY, **MINE)
    assert "?text=********" in page.text
    assert sent_so(app, made) == {**MINE, "auth_template": "", "key": OTHER_KEY}
    told = console.pages.get("/admin/audit")
    assert "root replaced the key of the connection weather" in told.text


def test_what_a_form_leaves_out_stays(app: Flask, console: Console, made: Made) -> None:
    path = f"/admin/connections/{made.id}/key"
    sent = {**hidden_in(console.pages.get(path), path), "key_credential": OTHER_KEY}
    assert console.pages.post(path, sent).status == 200
    assert sent_so(app, made) == WORDS | {"key": OTHER_KEY}
