"""An export while it is on its way: in pieces, with nothing held between them, and visibly broken where it breaks."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from tests.admin.console import enter
from tests.make import entered, make_administrator
from webapp.admin import audit_export
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.page_client import PageClient

CSV = "/admin/audit/export.csv"


@pytest.fixture
def pages(app: Flask) -> PageClient:
    return enter(app, make_administrator(app, "root"))


def fill(app: Flask, number: int) -> None:
    row = {
        "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
        "name": "login.failed",
        "result": "failure",
        "via": "request",
        "address": "203.0.113.7",
        "user_agent": "x" * 100,
        "request_id": "r",
        "detail": "{}",
        "form": 1,
        "digest": bytes(32),
    }
    with entered(app), unit_of_work():
        for _ in range(0, number, 5_000):
            db.session.execute(insert(AuditEvent), [row] * min(number, 5_000))


def begin(pages: PageClient, path: str = CSV) -> Any:
    """The answer as it comes, unread."""
    token = pages.get("/admin/audit").get("[name=csrf_token]").attributes["value"]
    return pages.client.post(
        path, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"}, buffered=False
    )


def connections_out(app: Flask) -> int:
    with app.app_context():
        pool: Any = db.engine.pool
        return int(pool.checkedout())


def test_pieces_come_while_the_rest_is_unread_and_hold_no_connection(app: Flask, pages: PageClient) -> None:
    fill(app, 2_500)
    response = begin(pages)
    pieces: Iterator[bytes] = response.iter_encoded()
    assert next(pieces).startswith("\ufeffid,".encode())
    assert next(pieces).count(b"\r\n") == 1_000
    assert connections_out(app) == 0
    # Between the pieces, nothing keeps others from writing; what they write is not in the file.
    fill(app, 10)
    assert sum(piece.count(b"login.failed") for piece in pieces) == 1_500
    response.close()


def test_browser_that_goes_away_leaves_nothing_behind(app: Flask, pages: PageClient) -> None:
    fill(app, 2_500)
    for read in (0, 1, 2):
        response = begin(pages)
        assert response.status_code == 200, "the one before holds its place still"
        pieces = response.iter_encoded()
        for _ in range(read):
            next(pieces)
        response.close()
        assert connections_out(app) == 0
        del response, pieces
        gc.collect()


def test_second_export_waits_until_the_first_is_through(app: Flask, pages: PageClient) -> None:
    first = begin(pages)
    second = begin(pages)
    assert second.status_code == 409
    assert "Another export of yours is under way" in second.text
    assert b"".join(first.iter_encoded())
    first.close()
    third = begin(pages)
    assert third.status_code == 200
    third.close()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_database_that_goes_away_is_told_in_the_last_line(
    app: Flask, pages: PageClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    fill(app, 2_500)
    response = begin(pages, f"/admin/audit/export.{form}")
    pieces = response.iter_encoded()
    next(pieces)
    with app.app_context():
        monkeypatch.setattr(type(db.engine), "connect", _away)
    last_line = b"".join(pieces).splitlines()[-1].decode()
    assert "INCOMPLETE: the export broke off here" in last_line
    assert last_line.startswith('{"incomplete": ' if form == "jsonl" else "INCOMPLETE")
    response.close()
    monkeypatch.undo()
    assert connections_out(app) == 0


def test_fault_of_ours_is_told_in_the_last_line_and_logged(
    app: Flask, pages: PageClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audit_export, "sentence_of", _fail)
    response = begin(pages)
    assert "INCOMPLETE" in b"".join(response.iter_encoded()).splitlines()[-1].decode()
    response.close()
    assert "An export of the audit broke off" in caplog.text


def _fail(*_: object) -> None:
    raise ValueError("a fault")


def _away(*_: object, **__: object) -> None:
    raise OperationalError("SELECT", {}, Exception("gone"))


def test_memory_stays_the_same_however_long_the_file(app: Flask, pages: PageClient) -> None:
    fill(app, 8_000)
    response = begin(pages)
    pieces = response.iter_encoded()
    for _ in range(3):
        next(pieces)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in pieces:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    response.close()
    assert peak - before < 8_000_000
