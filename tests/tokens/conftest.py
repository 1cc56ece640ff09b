"""A clock that stands still, and somebody who can show any token they were ever given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder

if TYPE_CHECKING:
    from flask import Flask


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def holder(app: Flask) -> Holder:
    return Holder(app)
