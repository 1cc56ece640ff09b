"""What tests of calls ask for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connections.calling import start_calling
from tests.connections.live_calling import start_live_calling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.connections.calling import Caller
    from tests.connections.live_calling import LiveCalling


@pytest.fixture
def caller(app: Flask) -> Iterator[Caller]:
    with start_calling(app) as started:
        yield started


@pytest.fixture(scope="module")
def calling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCalling]:
    """A running server with a connection that takes up to 8 MB."""
    with start_live_calling(tmp_path_factory.mktemp("live"), most_sent=8_388_608) as started:
        yield started
