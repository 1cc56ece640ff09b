"""One holder of real tokens at a standing moment, and the question whether the verifier takes a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask

from tests.tokens.forged_tokens import signing_key
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder
from webapp.keys.ring import RingKey
from webapp.tokens.access import verify_access_token
from webapp.tokens.errors import InvalidToken


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def holder(app: Flask) -> Holder:
    return Holder(app)


@pytest.fixture
def key(app: Flask) -> RingKey:
    return signing_key(app)


@pytest.fixture
def is_taken(app: Flask) -> Callable[[str], bool]:
    """Whether the verifier takes a text for one of our access tokens."""

    def ask(token: str) -> bool:
        with app.app_context():
            try:
                verify_access_token(token)
            except InvalidToken:
                return False
        return True

    return ask
