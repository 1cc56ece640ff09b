"""What the tests of answers in front of Flask share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask, request

from tests.make import make_account
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def holder(clock: object, app: Flask) -> Holder:
    return Holder(app, make_account(app, "ada.ö"))


@pytest.fixture
def long_ways(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that reached Flask."""
    paths: list[str] = []
    dispatch = app.full_dispatch_request

    def note(*given: Any) -> Any:
        paths.append(request.path)
        return dispatch(*given)

    monkeypatch.setattr(app, "full_dispatch_request", note)
    return paths
