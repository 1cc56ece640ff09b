"""The audit list: filters, paging, sentences, the raw event, and names that try to be markup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, call, events, names_on, open_console, path_of
from tests.make import entered, make_account
from webapp.admin.sentences import _CAUSES, _SENTENCES, sentence_of
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work
from webapp.infra.models import AuditEvent
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def shown(page: Page) -> list[str]:
    """The names of the events a list shows, in its order."""
    return [each.text for each in page.find_all("td summary")]


def record(app: Flask, number: int) -> None:
    with entered(app), unit_of_work():
        for _ in range(number):
            record_event(EventName.LOGIN_FAILED, result="failure")


@pytest.mark.parametrize("name", list(EventName))
def test_every_event_has_a_sentence_without_gaps(name: EventName) -> None:
    detail = json.dumps({"reason": "why", "cause": "idle", "before": ["a"], "after": "b", "count": 3})
    event = AuditEvent(name=str(name), detail=detail, account_id="1", actor_id="2")
    sentence = sentence_of(event, {"1": "Bob", "2": "Ada"})
    assert name in _SENTENCES
    assert "{" not in sentence
    assert sentence[0].isupper()


@pytest.mark.parametrize("name", list(EventName))
def test_sentence_survives_an_event_that_says_nothing(name: EventName) -> None:
    assert sentence_of(AuditEvent(name=str(name), detail="{}", account_id=None, actor_id=None), {})


@pytest.mark.parametrize("cause", list(EndCause))
def test_every_cause_is_told_in_words(cause: EndCause) -> None:
    assert "_" not in _CAUSES[cause]


def test_unknown_kind_of_event_shows_its_name() -> None:
    assert sentence_of(AuditEvent(name="moon.rose", detail="{}"), {}) == "moon.rose"


@pytest.mark.database
def test_audit_shows_newest_first_in_sentences(console: Console) -> None:
    console.send("lock", reason="left")
    page = console.pages.get("/admin/audit")
    assert shown(page)[:2] == ["account.locked", "login.succeeded"]
    assert "root locked bob: left" in page.text


@pytest.mark.database
@pytest.mark.parametrize("who", ["bob", "BOB", "bob@example.org", "id"])
def test_audit_is_filtered_by_person_as_subject_and_as_doer(console: Console, who: str) -> None:
    console.send("names", display_name="Robert")
    found = console.pages.get("/admin/audit", query_string={"who": console.bob.id if who == "id" else who})
    assert shown(found) == ["account.renamed", "account.created"]


@pytest.mark.database
def test_audit_filters_narrow_each_other_down_and_stay_in_the_address(app: Flask, console: Console) -> None:
    record(app, 2)
    console.pages.get("/admin/audit")
    page = console.pages.submit("/admin/audit", name="login.failed", result="failure")
    assert shown(page) == ["login.failed"] * 2
    assert {"name=login.failed", "result=failure", "whom="} <= set(page.path.partition("?")[2].split("&"))
    assert "No event matches" in console.pages.get("/admin/audit?name=login.failed&result=success").text


@pytest.mark.database
def test_audit_pages_show_every_event_once_in_both_directions(app: Flask, console: Console) -> None:
    record(app, 120)
    first = console.pages.get("/admin/audit?name=login.failed")
    seen = [first, *(console.pages.click(link) for link in ("Older", "Older", "Newer", "Newer"))]
    ids = [[code.attributes["aria-label"] for code in page.find_all("pre")] for page in seen]
    assert [len(each) for each in ids] == [50, 50, 20, 50, 50]
    assert len(set(ids[0] + ids[1] + ids[2])) == 120
    assert (ids[3], ids[4]) == (ids[1], ids[0])


def test_raw_event_is_json_with_what_is_known_of_it(app: Flask, console: Console) -> None:
    page = console.pages.get("/admin/audit?name=account.created&who=bob")
    raw = json.loads(page.get("pre code").text)
    (event,) = [each for each in events(app, "account.created") if each.account_id == console.bob.id]
    assert (raw["id"], raw["name"], raw["account_id"]) == (event.id, "account.created", console.bob.id)
    assert (raw["detail"], raw["digest"]) == ({"roles": ["user"]}, event.digest.hex())


def test_act_at_the_console_names_nobody_as_its_doer(app: Flask, console: Console) -> None:
    app.test_cli_runner().invoke(args=["accounts", "lock", "bob", "--reason", "by command"])
    page = console.pages.get("/admin/audit?name=account.locked")
    assert "Somebody at the console locked bob: by command" in page.text
    assert page.get("td[data-label=Who]").text == "Somebody at the console"


@pytest.mark.parametrize(
    "name", [SCRIPT, '"><img src=x onerror=alert(1)>', "{whom}", "{reason}", "a' onclick='b"]
)
def test_name_that_tries_to_be_markup_is_text_everywhere(app: Flask, console: Console, name: str) -> None:
    call(app, console.bob, name)
    path = path_of(console.bob)
    seen = [
        console.pages.get(each) for each in ("/admin/accounts", path, f"{path}/lock", f"{path}/end-sessions")
    ]
    seen += [console.send("lock", reason=name), console.send("reset-link"), console.pages.get("/admin/audit")]
    # The page client refuses any page with an inline script, a handler or broken markup; the name itself must show.
    assert [name in page.text for page in seen] == [True] * len(seen)


def test_name_that_tries_to_be_markup_is_text_where_its_owner_sees_it(app: Flask, console: Console) -> None:
    call(app, console.root, SCRIPT)
    assert SCRIPT in console.pages.get("/admin/accounts").text
    assert SCRIPT in console.pages.get("/account").text
    assert names_on(console.pages.get("/admin/accounts", query_string={"q": SCRIPT})) == [SCRIPT]


@pytest.mark.database
def test_line_breaks_become_spaces_in_names_and_reasons(app: Flask, console: Console) -> None:
    console.send("names", display_name="Bob\r\nSet-Cookie: a=b\r\n\r\n<p>")
    page = console.send("lock", reason="one\r\ntwo\nthree")
    assert page.heading == "Bob Set-Cookie: a=b <p>"
    assert events(app, "account.locked")[0].detail == '{"reason":"one two three"}'


def test_browser_that_lies_about_its_name_is_shown_as_text(app: Flask, console: Console) -> None:
    carol = make_account(app, "carol")
    credentials = {"username": carol.username, "password": carol.password}
    agent = SCRIPT + " \u20ac" * 400
    app.test_client().post(
        "/api/v1/login", json=credentials, headers={"User-Agent": agent.encode().decode("latin-1")}
    )
    page = console.pages.get("/admin/audit?name=login.succeeded&who=carol")
    assert json.loads(page.get("pre code").text)["user_agent"].startswith(SCRIPT)
    assert console.open(carol).status == 200
