"""Ending sessions from the list: one, those selected, everybody's; who may, and what becomes of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.admin.kept_sessions import LIST, keep
from tests.make import make_account, make_administrator
from webapp.infra.database import db, unit_of_work
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page, PageClient

ONE = f"{LIST}/end-one"
SELECTED = f"{LIST}/end"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def send(pages: PageClient, path: str, session: str | list[str], **values: str) -> Page:
    """Send a form as a script would: the list or a page in between may not offer it."""
    token = pages.get("/account").get("[name=csrf_token]").attributes["value"]
    return pages.post(path, data={"csrf_token": token, "session": session, **values})


def ends(app: Flask) -> dict[str, str | None]:
    """Why the sessions that stand in the database ended, by id."""
    with app.app_context(), unit_of_work(writes=False):
        rows = db.session.execute(
            db.select(Session.id, Session.end_cause).where(Session.ended_at.is_not(None))
        )
        return {row.id: row.end_cause for row in rows}


@pytest.mark.database
def test_one_session_ends_with_a_word_about_whose_and_the_list_stays(app: Flask, console: Console) -> None:
    bob = enter(app, console.bob)
    keep(app, console.bob, device="Other")
    page = console.pages.get(f"{LIST}?whom=bob&state=open")
    assert [each.text for each in page.find_all("td button")] == ["End", "End"]
    own = page.find_all("td button")[0].attributes
    assert own["aria-label"] == "End the session of bob on An unknown device"
    back = page.get("#end-one [name=back]").attributes["value"]
    page = send(console.pages, ONE, own["value"], back=back)
    assert "The session of bob on An unknown device has ended." in page.text
    assert page.path == f"{LIST}?whom=bob&state=open"
    assert "You were signed out by an administrator." in bob.get("/account").text
    assert ends(app) == {own["value"]: "administrator"}
    assert [each.actor_id for each in events(app, "session.ended")] == [console.root.id]
    assert "had ended before." in send(console.pages, ONE, own["value"]).text


@pytest.mark.database
def test_selected_sessions_end_after_a_page_that_says_whose_they_are(app: Flask, console: Console) -> None:
    carol = make_account(app, "carol")
    first, second = keep(app, console.bob, device="A"), keep(app, carol, device="B")
    keep(app, carol, device="C")
    idle = keep(app, carol, device="Idle", hours_ago=24 * 8)
    page = console.pages.get(SELECTED, query_string={"session": [first, second, idle, "gone"]})
    assert page.heading == "End 2 sessions"
    assert [each.text for each in page.find_all("form h3")] == ["bob", "carol"]
    assert "One selected session is no longer there." in page.text
    assert "over already" in page.text
    assert "2 sessions ended." in console.pages.submit(SELECTED).text
    assert ends(app) == {first: "administrator", second: "administrator"}


def test_session_past_a_limit_ends_for_that_and_not_for_the_administrator(
    app: Flask, console: Console
) -> None:
    idle = keep(app, console.bob, device="Idle", hours_ago=24 * 8)
    assert "had ended before." in send(console.pages, ONE, idle).text
    assert ends(app) == {idle: "idle"}


def test_present_session_is_left_to_signing_out(app: Flask, console: Console) -> None:
    with app.app_context():
        own = db.session.scalar(db.select(Session.id).where(Session.account_id == console.root.id)) or ""
    assert send(console.pages, ONE, own).status == 409
    assert "The session you are in was left as it is." in send(console.pages, SELECTED, [own]).text
    assert ends(app) == {}


@pytest.mark.database
def test_support_ends_sessions_within_reach_only(app: Flask, console: Console) -> None:
    support = enter(app, make_account(app, "sue", roles=("user", "support")))
    eve = make_account(app, "eve", roles=("user", "auditor"))
    plain, beyond = keep(app, console.bob, device="A"), keep(app, eve, device="B", hours_ago=0)
    page = support.get(LIST)
    assert [each.attributes["value"] for each in page.find_all("input.pick")] == [plain]
    assert page.find(".danger-zone") is None
    assert send(support, ONE, beyond).status == 403
    page = send(support, SELECTED, [plain, beyond])
    assert "1 session ended." in page.text
    assert "1 session was left as it is: it belongs to people who administer." in page.text
    assert ends(app) == {plain: "administrator"}
    assert [support.get(f"{LIST}/end-all").status, send(support, f"{LIST}/end-all", "").status] == [403, 403]


def test_auditor_looks_and_ends_nothing(app: Flask, console: Console) -> None:
    auditor = enter(app, make_account(app, "eve", roles=("user", "auditor")))
    kept = keep(app, console.bob, device="A")
    assert auditor.get(LIST).find("td button, input.pick, .danger-zone") is None
    assert auditor.get(f"{SELECTED}?session={kept}").status == 403
    assert [send(auditor, path, kept).status for path in (ONE, SELECTED, f"{LIST}/end-all")] == [403] * 3
    assert [send(enter(app, console.bob), path, kept).status for path in (ONE, SELECTED)] == [403] * 2
    assert ends(app) == {}


@pytest.mark.parametrize("session", ["", "x", "../x", "' OR 1=1 --", "s" * 9_000, "\0", "ß"])
def test_forged_id_ends_nothing(app: Flask, console: Console, session: str) -> None:
    keep(app, console.bob, device="A")
    assert send(console.pages, ONE, session).status == 404
    assert console.pages.get(SELECTED, query_string={"session": session}).status == 422
    send(console.pages, SELECTED, [session, session])
    assert console.pages.get(f"{LIST}/unknown").status == 404
    assert ends(app) == {}


def test_too_many_at_once_and_none_at_all_are_refused(app: Flask, console: Console) -> None:
    many = [f"s{number}" for number in range(101)]
    assert "End at most 100 sessions at a time." in send(console.pages, SELECTED, many).text
    assert send(console.pages, SELECTED, []).status == 422


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/account", "/admin/sessionsx", "\\x"]
)
def test_way_back_leads_to_the_list_only(app: Flask, console: Console, back: str) -> None:
    kept = keep(app, console.bob, device="A")
    assert send(console.pages, ONE, kept, back=back).path == LIST


@pytest.mark.database
def test_every_session_of_everybody_ends_with_one_event(app: Flask, console: Console) -> None:
    bob, other = enter(app, console.bob), enter(app, make_administrator(app, "other"))
    console.pages.get(LIST)
    page = console.pages.click("End every session")
    assert "yours too" in page.text
    page = console.pages.submit(f"{LIST}/end-all")
    assert "You were signed out by an administrator." in page.text
    assert page.path.startswith("/login")
    assert [each.get("/account").heading for each in (bob, other)] == ["Sign in", "Sign in"]
    (event,) = events(app, "sessions.ended")
    assert (event.actor_id, event.detail) == (console.root.id, '{"cause":"administrator","count":3}')
