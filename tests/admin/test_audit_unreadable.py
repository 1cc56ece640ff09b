"""An event whose detail somebody made unreadable in the database is shown as that, and hides nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.admin.console import enter, open_console, path_of
from tests.make import entered
from webapp.infra.database import db, unit_of_work
from webapp.profile.activity import page_of_activity

if TYPE_CHECKING:
    from flask import Flask

SENTENCE = "Its detail cannot be read: run flask audit verify"


@pytest.mark.parametrize("detail", ["'{'", "'[1]'", "x'ff'", "7", '\'{"reason":"\\ud800"}\''])
def test_event_with_unreadable_detail_is_shown_as_that_everywhere(app: Flask, detail: str) -> None:
    console = open_console(app)
    enter(app, console.bob)
    with entered(app), unit_of_work():
        db.session.execute(
            text(f"UPDATE audit_events SET detail = {detail} WHERE account_id = '{console.bob.id}'")
        )
        newest = db.session.scalar(
            text(f"SELECT max(id) FROM audit_events WHERE account_id = '{console.bob.id}'")
        )
    listed = console.pages.get("/admin/audit")
    assert listed.status == 200
    assert SENTENCE in listed.text
    for path in (f"/admin/audit/{newest}", path_of(console.bob)):
        assert SENTENCE in console.pages.get(path).text, path
    assert console.pages.get("/admin").status == console.pages.get("/admin/sessions").status == 200
    for form in ("csv", "jsonl"):
        console.pages.get("/admin/audit")
        copy = console.pages.submit(f"/admin/audit/export.{form}").html
        assert SENTENCE in copy
        assert "INCOMPLETE" not in copy
    with entered(app), unit_of_work(writes=False):
        told, _ = page_of_activity(console.bob.id, None)
    assert "its record cannot be read" in told[-1].sentence
