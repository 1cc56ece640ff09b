"""Somebody who may use a connection: in the test's process, or at a running server over bare sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attacks.connections.raw_caller import RawCaller, start_raw_calling
from tests.connections.calling import start_calling
from tests.connections.making import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.connections.calling import Caller


@pytest.fixture
def environment() -> dict[str, str]:
    return LOOPBACK


@pytest.fixture
def caller(app: Flask) -> Iterator[Caller]:
    with start_calling(app) as started:
        yield started


@pytest.fixture(scope="module")
def raw_caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawCaller]:
    with start_raw_calling(tmp_path_factory.mktemp("raw")) as started:
        yield started
