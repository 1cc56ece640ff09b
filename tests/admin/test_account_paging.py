"""Paging through the lists by key: everybody once, in both directions, whatever a cursor says."""

from __future__ import annotations

import base64
import json
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import enter, make_crowd, names_on, open_console
from tests.make import make_administrator
from webapp.core.paging import Cursor

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page, PageClient

INVENTED = [
    None, 5, "older", [], {"older": 1}, ["older"], [["older"], 1, "a"], ["sideways", 1, "a"], ["older", 1],
    ["older", "x", "a"], ["older", 1, 2], ["older", 1, "\0"], ["older", 1, "\ud800"], ["older", True, "a"],
    ["older", 1.5, "a"], ["older", None, "a"], ["older", 2**62, "a"], ["older", "\ud800"],
    ["older", "1"], [{}, 1], ["older", 10**300], ["older", 2**61, "a"], ["newer", -(2**61), "a"], ["newer", 2**61],
]  # fmt: skip


def encode(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def walk(pages: PageClient, page: Page, link: str) -> list[list[str]]:
    """Every page from this one on, as far as `link` leads."""
    seen = [names_on(page)]
    while any(each.text == link for each in page.find_all(".pager a")):
        page = pages.click(link)
        seen.append(names_on(page))
        assert len(seen) < 10, "the pages have no end"
    return seen


@pytest.mark.database
@pytest.mark.parametrize("tied", [1, 7, 1000])
def test_paging_shows_everybody_once_in_both_directions(app: Flask, tied: int) -> None:
    crowd = make_crowd(app, 120, tied=tied)
    pages = enter(app, make_administrator(app, "root"))
    older = walk(pages, pages.get("/admin/accounts?q=crowd"), "Older")
    assert [len(each) for each in older] == [50, 50, 20]
    assert [*chain(*older)] == crowd
    assert pages.page is not None
    assert [*chain(*reversed(walk(pages, pages.page, "Newer")))] == crowd


def test_paging_keeps_the_filters(app: Flask) -> None:
    make_crowd(app, 60)
    pages = enter(app, make_administrator(app, "root"))
    pages.get("/admin/accounts?q=crowd&state=unverified")
    page = pages.click("Older")
    assert len(names_on(page)) == 10
    assert page.path.startswith("/admin/accounts?q=crowd&state=unverified&cursor=")


@pytest.mark.parametrize("size", [49, 50, 51])
def test_page_that_is_just_full_has_no_empty_neighbour(app: Flask, size: int) -> None:
    make_crowd(app, size)
    pages = enter(app, make_administrator(app, "root"))
    seen = walk(pages, pages.get("/admin/accounts?q=crowd"), "Older")
    assert [len(each) for each in seen] == ([50, 1] if size == 51 else [size])


def test_account_made_meanwhile_moves_nobody_to_another_page(app: Flask) -> None:
    crowd = make_crowd(app, 60)
    pages = enter(app, make_administrator(app, "root"))
    pages.get("/admin/accounts?q=crowd")
    make_administrator(app, "crowded-out")
    assert names_on(pages.click("Older")) == crowd[50:]


@pytest.mark.database
@pytest.mark.parametrize("path", ["/admin/accounts", "/admin/audit"])
def test_invented_cursor_shows_a_page_and_breaks_nothing(app: Flask, path: str) -> None:
    console = open_console(app)
    answers = {
        repr(each): console.pages.client.get(path, query_string={"cursor": encode(each)}).status_code
        for each in INVENTED
    }
    assert set(answers.values()) == {200}, answers


@pytest.mark.parametrize("text", ["", "%", "a", "é", "=" * 9, "x" * 401, "W10", "[" * 300, "bnVsbA"])
def test_unreadable_cursor_is_none(text: str) -> None:
    assert Cursor.read(text, int, str) is None


@pytest.mark.parametrize("value", INVENTED[:-3])
def test_cursor_of_another_shape_is_none(value: object) -> None:
    assert Cursor.read(encode(value), int, str) is None


def test_cursor_reads_what_it_wrote() -> None:
    cursor = Cursor("newer", (1_767_225_600_000_000, "abc"))
    assert Cursor.read(cursor.write(), int, str) == cursor


def test_cursor_past_the_last_account_leads_back(app: Flask) -> None:
    pages = enter(app, make_administrator(app, "root"))
    pages.get("/admin/accounts?cursor=" + Cursor("older", (0, "a")).write())
    assert names_on(pages.click("Go to the first page")) == ["root"]
