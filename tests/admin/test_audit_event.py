"""One event of the audit: what it changed, what it names, its seal, and a page of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from tests.admin.console import Console, enter, events, open_console
from tests.make import entered, make_account
from webapp.admin.audit_changes import Change, changes_of
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent

if TYPE_CHECKING:
    from flask import Flask

LIST = "/admin/audit"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def change_roles(app: Flask, console: Console) -> AuditEvent:
    with entered(app), unit_of_work():
        detail = {"before": ["user", "support"], "after": ["user", "auditor"]}
        record_event(
            EventName.ROLES_CHANGED, account_id=console.bob.id, actor_id=console.root.id, detail=detail
        )
    return events(app, "roles.changed")[-1]


@pytest.mark.parametrize(
    ("detail", "changes"),
    [
        ({}, []),
        ({"before": "a"}, []),
        ({"before": "a", "after": "b"}, [Change("", (("removed", "a"),), (("added", "b"),))]),
        ({"before": None, "after": 3}, [Change("", (), (("added", "3"),))]),
        ({"before": False, "after": True}, [Change("", (("removed", "off"),), (("added", "on"),))]),
        (
            {"before": ["a", "b", "b"], "after": ["b", "c"]},
            [Change("", (("removed", "a"), ("kept", "b")), (("kept", "b"), ("added", "c")))],
        ),
        (
            {"before": {"x": 1, "y": 2}, "after": {"x": 1, "y": 3, "z": [""]}},
            [Change("y", (("removed", "2"),), (("added", "3"),)), Change("z", (), ())],
        ),
    ],
)
def test_change_tells_what_was_removed_and_what_was_added(
    detail: dict[str, object], changes: list[Change]
) -> None:
    assert changes_of(detail) == changes


@pytest.mark.parametrize("alone", [False, True], ids=["list", "page"])
def test_change_is_shown_before_and_after_in_words(app: Flask, console: Console, alone: bool) -> None:
    event = change_roles(app, console)
    page = console.pages.get(f"{LIST}/{event.id}" if alone else f"{LIST}?name=roles.changed")
    before, after = (each.text for each in page.find_all(".change div"))
    assert before == "Before user support removed"
    assert after == "After user auditor added"
    assert json.loads(page.get("pre code").text)["detail"]["after"] == ["user", "auditor"]


def test_event_has_a_page_with_links_to_all_it_names(app: Flask, console: Console) -> None:
    event = change_roles(app, console)
    console.pages.get(f"{LIST}?name=roles.changed")
    page = console.pages.click(str(event.id))
    assert (page.path, page.heading) == (f"{LIST}/{event.id}", f"Event {event.id}")
    links = {each.attributes["href"] for each in page.find_all("main a")}
    people = {f"/admin/accounts/{each.id}" for each in (console.root, console.bob)}
    assert links >= {*people, f"{LIST}?request_id={event.request_id}", LIST}
    assert "not sealed yet" in page.text


def test_seal_names_its_segment(app: Flask, console: Console) -> None:
    event = change_roles(app, console)
    with entered(app), unit_of_work():
        db.session.execute(update(AuditEvent).where(AuditEvent.id == event.id).values(sealed_in=7))
    assert "in segment 7" in console.pages.get(f"{LIST}/{event.id}").text


@pytest.mark.database
@pytest.mark.parametrize("event_id", ["0", "999999", "9" * 19, "9" * 40, "-1", "x", "٣", "1e3"])
def test_event_that_is_not_there_is_a_page_that_says_so(console: Console, event_id: str) -> None:
    page = console.pages.get(f"{LIST}/{event_id}")
    assert (page.status, page.heading) == (404, "Page not found")


def test_auditor_sees_an_event_and_others_do_not(app: Flask, console: Console) -> None:
    event = change_roles(app, console)
    auditor = enter(app, make_account(app, "ada", roles=("user", "auditor")))
    assert auditor.get(f"{LIST}/{event.id}").status == 200
    user = enter(app, make_account(app, "carol"))
    assert user.client.get(f"{LIST}/{event.id}").status_code == 403
    assert app.test_client().get(f"{LIST}/{event.id}").status_code == 303
