"""Invitations of an administrator whose account was secured: whoever was in it may have made them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from tests.make import PASSWORD, Person, entered, make_administrator
from tests.page_client import PageClient
from webapp.accounts import service
from webapp.admin.invitations import invite
from webapp.infra.database import unit_of_work
from webapp.recovery.not_me import secure_account

START = datetime(2030, 5, 1, 12, tzinfo=UTC)
GUEST = "guest@example.net"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


@pytest.fixture
def root(app: Flask) -> Person:
    return make_administrator(app, "root")


def path_for(app: Flask, root: Person) -> str:
    with entered(app), unit_of_work():
        return f"/invite/{invite(GUEST, ('user', 'administrator'), actor_id=root.id).token}"


def secure(app: Flask, root: Person) -> None:
    with entered(app), unit_of_work():
        secure_account(root.id, way="activity")


def test_invitation_made_before_is_withdrawn(app: Flask, root: Person, pages: PageClient) -> None:
    path = path_for(app, root)
    assert pages.get(path).heading == "You are invited"
    secure(app, root)
    assert pages.submit(username="guest", password=PASSWORD).status == 410
    assert pages.get(path).status == 410
    with app.app_context():
        assert service.find_by_identifier(GUEST) is None


def test_invitation_made_afterwards_is_good(
    app: Flask, root: Person, pages: PageClient, clock: time_machine.Traveller
) -> None:
    secure(app, root)
    clock.shift(1)
    pages.get(path_for(app, root))
    assert pages.submit(username="guest", password=PASSWORD).path == "/account"
