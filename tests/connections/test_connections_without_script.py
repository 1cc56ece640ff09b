"""The Connections view without JavaScript says what there is, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.connections.making import CANARY_KEY, make_connection
from tests.make import make_account, sign_in

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import PageClient


def rows_of(pages: PageClient) -> list[str]:
    """What stands in the list that only a browser without JavaScript shows."""
    found = pages.get("/account/connections").find_all("noscript .row")
    return [" ".join(each.text.split()) for each in found]


def test_plain_list_names_what_may_be_called_and_how(app: Flask, pages: PageClient) -> None:
    make_connection(
        app,
        name="tides",
        purpose="Heights <b>& times</b>",
        base_url="https://api.example.com",
        methods=("GET", "POST"),
        paths=("/tides/*", "/level"),
    )
    make_connection(app, name="maps", base_url="https://maps.example.com", is_enabled=False)
    sign_in(pages, make_account(app))
    maps, tides = rows_of(pages)
    assert maps.startswith("maps Turned off Forecasts for the plant")
    assert tides == (
        "tides Heights <b>& times</b> Call /api/v1/connections/tides with GET, POST and one of these paths, "
        "where * stands for anything: /tides/*, /level"
    )
    assert CANARY_KEY not in pages.get("/account/connections").html


def test_plain_list_has_nothing_for_who_may_use_nothing(app: Flask, pages: PageClient) -> None:
    make_connection(app, base_url="https://api.example.com", roles=("support",))
    sign_in(pages, make_account(app))
    assert rows_of(pages) == []
    page = pages.get("/account/connections")
    assert "An administrator decides which roles may use a service" in page.find_all("noscript")[0].text
    assert "weather" not in page.html


def test_other_views_do_not_ask_for_connections(app: Flask, pages: PageClient) -> None:
    make_connection(app, base_url="https://api.example.com")
    sign_in(pages, make_account(app))
    assert "Forecasts for the plant" not in pages.get("/account/token").html
