"""What a node works without: it says so, and stays ready."""

from __future__ import annotations

import re
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import time_machine

from webapp.core import clock
from webapp.core.parts import part
from webapp.infra.database import unit_of_work
from webapp.infra.outbox import Letter, queue_letter
from webapp.infra.throttle import Throttle

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


def check_degraded(answer: TestResponse, name: str) -> str:
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ready")
    assert list(answer.get_json()["degraded"]) == [name]
    assert not re.search(r"/tmp|sqlite|postgres|://|[0-9]{4}|@", answer.text)
    return str(answer.get_json()["degraded"][name])


def test_limiter_store_that_is_away_is_named_and_limits_go_on(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        monkeypatch.setattr(part(Throttle), "healthy", lambda: False)
    assert "counts its share of the limits by itself" in check_degraded(client.get("/readyz"), "limits")
    assert client.get("/login").status_code == 200


def test_letters_that_wait_too_long_are_named(make_app: Callable[..., Flask]) -> None:
    app = make_app(SMTP_URL="smtp://mail.invalid", MAIL_FROM="auth@example.org")
    with app.app_context(), unit_of_work():
        queue_letter("welcome", "ada@example.org", Letter("Hello", ("Hello.",)))
    client = app.test_client()
    assert client.get("/readyz").get_json() == {"status": "ready"}
    with time_machine.travel(clock.now().timestamp() + 16 * 60, tick=True):
        assert "Letters have been waiting" in check_degraded(client.get("/readyz"), "mail")


@pytest.mark.parametrize(
    ("size", "free", "is_named"), [(100, 6, False), (100, 4, True), (10**6, 2_000, False), (10**6, 900, True)]
)
def test_disk_that_is_nearly_full_is_named(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, size: int, free: int, is_named: bool
) -> None:
    disk = SimpleNamespace(total=size * 2**20, free=free * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: disk)
    answer = client.get("/readyz")
    if is_named:
        check_degraded(answer, "disk")
    else:
        assert answer.get_json() == {"status": "ready"}


@pytest.mark.database
@pytest.mark.parametrize(("seconds", "way"), [(-60, "behind"), (60, "ahead of"), (3, "")])
def test_clock_that_differs_from_the_database_s_is_named(
    client: FlaskClient, database_kind: str, seconds: int, way: str
) -> None:
    client.get("/readyz")
    with time_machine.travel(clock.now().timestamp() + seconds, tick=True):
        answer = client.get("/readyz")
    if database_kind == "sqlite" or not way:
        # A file has no clock of its own.
        assert answer.get_json() == {"status": "ready"}
    else:
        assert f"clock is {way} the database's by" in check_degraded(answer, "clock")


def test_instance_folder_that_is_gone_breaks_no_probe(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: object) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(shutil, "disk_usage", fail)
    assert client.get("/readyz").status_code == 200
