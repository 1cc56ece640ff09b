"""A key that is typed is nowhere kept on its way: neither in the page that asks for a proof nor in a held form."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.admin.console import Console, open_console
from tests.connections.making import OTHER_KEY, make_connection
from tests.make import PASSWORD, entered
from webapp.connections.keys import open_key
from webapp.connections.service import list_connections
from webapp.core import clock
from webapp.infra.database import unit_of_work
from webapp.sessions.causes import EndCause
from webapp.sessions.service import end_all_sessions

if TYPE_CHECKING:
    from flask import Flask

LIST = "/admin/connections"
WORDS = {"name": "weather", "purpose": "Forecasts", "base_url": "https://api.example.com"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


@pytest.mark.parametrize("typed", [WORDS, {}], ids=["new", "key"])
def test_key_is_typed_after_the_proof_and_never_carried_along(
    app: Flask, console: Console, typed: dict[str, Any]
) -> None:
    made = make_connection(app, name="other", base_url="https://api.example.com")
    path = f"{LIST}/new" if typed else f"{LIST}/{made.id}/key"
    with time_machine.travel(clock.now(), tick=False) as now:
        assert console.pages.get(path).find("[name=begin]") is None
        now.shift(timedelta(minutes=11))
        asked = console.pages.submit(path, key_credential=OTHER_KEY, **typed)
        assert ("Confirm it is you" in asked.text, OTHER_KEY in asked.html) == (True, False)
        page = console.pages.submit(path, password=PASSWORD)
        assert (page.status, "Type the key" in page.text) == (422, True)
        now.shift(timedelta(minutes=11))
        assert console.pages.get(path).find("[name=key_credential]") is None
        console.pages.submit(path)
        page = console.pages.submit(path, password=PASSWORD)
        assert (page.path, page.find("[name=key_credential]") is None) == (path, False)
        console.pages.submit(path, key_credential=OTHER_KEY, **typed)
    with entered(app), unit_of_work(writes=False):
        assert OTHER_KEY in [open_key(each) for each in list_connections()]


def test_form_sent_after_the_session_had_ended_comes_back_without_the_key(
    app: Flask, console: Console
) -> None:
    path = f"{LIST}/{make_connection(app, base_url=WORDS['base_url']).id}/key"
    console.pages.get(path)
    with entered(app), unit_of_work():
        end_all_sessions(console.root.id, EndCause.IDLE)
    assert console.pages.submit(path, key_credential=OTHER_KEY).path.startswith("/login")
    page = console.pages.submit("/login", username=console.root.username, password=PASSWORD)
    assert (page.path, "api.example.com" in page.html, OTHER_KEY in page.html) == ("/resume", True, False)
    assert "Type the key" in console.pages.submit(path).text
