"""The live server that browser tests share, its administrator, and people who just registered."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.browser.people import register_by_api
from tests.make import Person, set_up_live
from tests.servers.live import LiveServer

if TYPE_CHECKING:
    from collections.abc import Iterator

# These tests sign in many times from one address, which is not what they are about.
SETTINGS = {"LIMIT_AUTH_PER_ADDRESS": "1000/15m", "LIMIT_PER_ADDRESS": "6000/1m"}
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here runs in Chromium."""
    for item in items:
        if item.path.is_relative_to(__file__.removesuffix("/conftest.py")):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for all these files in a worker: their tests keep to people of their own."""
    server = LiveServer(tmp_path_factory.mktemp("live"), SETTINGS)
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that nobody has set up yet."""
    server = LiveServer(tmp_path_factory.mktemp("bare"))
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def administrator(live_server: LiveServer) -> Person:
    """Ada, who runs the server."""
    return set_up_live(live_server)


@pytest.fixture
def person(live_server: LiveServer, administrator: Person) -> Person:
    """Somebody who registered a moment ago and has never signed in."""
    return register_by_api(live_server, f"grace{next(_numbers):03}")
