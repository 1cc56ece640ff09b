"""Rows of the audit trail: digests that tell a changed row, origins, and no secret in any of them."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, select, text

from tests.admin.console import open_console
from tests.make import OTHER_PASSWORD, PASSWORD, make_account, refresh, sign_in_by_api
from tests.page_client import PageClient
from webapp.core.event_names import EventName
from webapp.core.origin import Origin, set_origin
from webapp.infra.audit import digest_of_event, record_event
from webapp.infra.database import Base, db, unit_of_work
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from flask import Flask

CHANGES = {
    "name": "login.failed", "result": "failure", "account_id": None, "actor_id": "x", "session_id": "x",
    "via": "elsewhere", "address": "192.0.2.9", "user_agent": "other", "request_id": "other", "detail": "{}",
    "form": 2,
}  # fmt: skip


def rows() -> list[AuditEvent]:
    with unit_of_work(writes=False):
        return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def record(**values: object) -> AuditEvent:
    with unit_of_work():
        record_event(
            EventName.LOGIN_SUCCEEDED, account_id="a" * 26, detail={"name": "Zoé \u2028 \U0001f511", **values}
        )
    db.session.expire_all()
    return rows()[-1]


@pytest.mark.database
def test_digest_can_be_computed_again_from_the_stored_row(at_work: Flask) -> None:
    event = record(list=[1, "two"])
    assert len(event.digest) == 32
    assert digest_of_event(event) == event.digest


@pytest.mark.database
def test_any_changed_column_shows_in_the_digest(at_work: Flask) -> None:
    event = record()
    kept = event.digest
    with db.session.no_autoflush:
        for name, value in CHANGES.items():
            before = getattr(event, name)
            setattr(event, name, value)
            assert digest_of_event(event) != kept, name
            setattr(event, name, before)
    assert digest_of_event(event) == kept


def test_digest_covers_every_column_but_those_written_later() -> None:
    columns = {each.key for each in inspect(AuditEvent).columns}
    assert columns == set(CHANGES) | {"id", "occurred_at", "digest", "sealed_in", "address_bits"}


@pytest.mark.database
def test_every_row_of_a_days_work_keeps_its_digest(app: Flask) -> None:
    console = open_console(app)
    console.send("lock", reason="Zoé's \U0001f511")
    console.send("names", display_name="日本")
    with app.app_context():
        found = rows()
        assert len(found) >= 5
        assert [each.digest for each in found] == [digest_of_event(each) for each in found]


def test_row_says_where_the_request_came_from(app: Flask) -> None:
    bob = make_account(app, "bob")
    credentials = {"username": "bob", "password": bob.password}
    headers = {"User-Agent": "Trial/1 \u0001"}
    client = app.test_client()
    answer = client.post(
        "/api/v1/login", json=credentials, headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    with app.app_context():
        event = rows()[-1]
    assert (event.via, event.address, event.user_agent) == ("request", "192.0.2.7", "Trial/1  ")
    assert event.request_id == answer.headers["X-Request-ID"]


def test_origin_longer_than_its_columns_is_cut_and_not_refused(at_work: Flask) -> None:
    context = copy_context()
    context.run(set_origin, Origin("job", "r" * 500, "a" * 500, "u" * 5_000))
    event = context.run(record)
    assert (len(event.request_id), len(event.address), len(event.user_agent)) == (64, 45, 512)
    assert digest_of_event(event) == event.digest


def test_event_of_a_unit_that_is_undone_is_undone_too(at_work: Flask) -> None:
    def fail_after_recording() -> None:
        with unit_of_work():
            record_event(EventName.SETUP_LINK_MADE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    assert [each.name for each in rows() if each.name == "setup_link.made"] == []


@pytest.mark.database
def test_no_secret_of_a_journey_is_in_any_row_of_the_database(app: Flask) -> None:
    console = open_console(app)
    bob = app.test_client()
    secrets = [PASSWORD, OTHER_PASSWORD, sign_in_by_api(bob, console.bob)["Authorization"].split()[1]]
    secrets.append(refresh(bob)["Authorization"].split()[1])
    for name in ("__Host-refresh_token", "__Host-csrf_refresh_token"):
        cookie = bob.get_cookie(name)
        assert cookie is not None
        secrets.append(cookie.value)
    link = console.send("reset-link").get("#shown-link").attributes["value"]
    secrets.append(link.rpartition("/")[2])
    visitor = PageClient(app.test_client())
    visitor.get(link.removeprefix("https://localhost"))
    visitor.submit(password=OTHER_PASSWORD)
    with app.app_context(), unit_of_work(writes=False):
        stored = [
            repr(row)
            for table in Base.metadata.tables
            for row in db.session.execute(text(f"SELECT * FROM {table}"))
        ]
    assert len(stored) > 10
    assert [secret for secret in secrets if any(secret in row for row in stored)] == []
