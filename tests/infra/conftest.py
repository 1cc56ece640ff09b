"""A mail server that answers as told, and an application that sends its letters there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mail_servers import Scripted, scripted, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask


@pytest.fixture
def mail_server() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture
def sending(make_app: Callable[..., Flask], mail_server: Scripted) -> Iterator[Flask]:
    """At work in the test's own context."""
    app = make_app(**settings_for(mail_server.port))
    with app.app_context():
        yield app
