"""A person's own activity: every kind of event in a sentence to them, paged, and nothing of others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import open_console
from tests.make import OTHER_PASSWORD, Person, entered, make_account, make_administrator, sign_in_by_api
from tests.signin.faces import ask
from webapp.core.event_names import EventName
from webapp.core.origin import Origin, set_origin
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work
from webapp.infra.models import AuditEvent
from webapp.profile.activity import PAGE_SIZE
from webapp.profile.sentences import ENDS, NOT_TO_A_PERSON, SAYINGS, saying_of
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ACTIVITY = "/api/v1/activity"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def read(client: FlaskClient, token: dict[str, str], cursor: str = "") -> dict[str, Any]:
    answer = client.get(ACTIVITY, headers=token, query_string={"cursor": cursor} if cursor else {})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def sentences(client: FlaskClient, token: dict[str, str]) -> list[str]:
    return [each["sentence"] for each in read(client, token)["events"]]


def record(app: Flask, person: Person, name: EventName, number: int = 1, **detail: object) -> None:
    with entered(app), unit_of_work():
        for _ in range(number):
            record_event(name, account_id=person.id, detail=detail)


def test_every_event_and_every_end_has_a_sentence_or_a_reason_for_none() -> None:
    assert set(SAYINGS) | NOT_TO_A_PERSON == set(EventName)
    assert not set(SAYINGS) & NOT_TO_A_PERSON
    assert set(ENDS) == set(EndCause)


@pytest.mark.parametrize("name", sorted(set(SAYINGS)))
@pytest.mark.parametrize("actor_id", [None, "me", "them"])
def test_every_sentence_is_whole(name: str, actor_id: str | None) -> None:
    detail = {
        "before": ["a"],
        "after": "b",
        "name": "n",
        "address": "x@example.org",
        "device": "d",
        "cause": "idle",
    }
    event = AuditEvent(
        name=name, account_id="me", actor_id=actor_id, via="request", detail=json.dumps(detail)
    )
    sentence, kind = saying_of(event, device="Firefox on Linux")
    assert sentence[0].isupper()
    assert "{" not in sentence
    assert not sentence.endswith((".", " "))
    assert kind in {"good", "info", "warning"}


def test_event_of_a_later_release_is_told_without_its_details() -> None:
    event = AuditEvent(name="moon.landed", account_id="me", via="request", detail='{"cause":"x"}')
    assert saying_of(event, device=None) == ("Something happened to your account", "info")
    event.name = "session.ended"
    assert saying_of(event, device=None) == ("Something happened to your account", "info")


def test_sign_in_and_wrong_password_are_told_with_device_and_address(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    assert ask("api", app.test_client(), person.username, OTHER_PASSWORD).status_code == 401
    client.environ_base["HTTP_USER_AGENT"] = FIREFOX["User-Agent"]
    token = sign_in_by_api(client, person)
    events = read(client, token)["events"]
    assert [each["sentence"] for each in events[:2]] == [
        "You signed in with Firefox on Linux",
        "A password was tried and was wrong",
    ]
    latest = events[0]
    assert (latest["name"], latest["kind"], latest["device"]) == (
        "login.succeeded",
        "info",
        "Firefox on Linux",
    )
    assert (latest["address"], events[1]["kind"]) == ("127.0.0.1", "warning")


def test_administrator_is_not_named_and_neither_are_their_reasons(app: Flask) -> None:
    console = open_console(app)
    console.send("lock", reason="Suspected of theft")
    console.send("unlock")
    client = app.test_client()
    token = sign_in_by_api(client, console.bob)
    answer = json.dumps(read(client, token))
    assert "An administrator locked your account" in answer
    assert "An administrator unlocked your account" in answer
    for secret in ("root", console.root.id, "theft"):
        assert secret not in answer
    theirs = [each for each in read(client, token)["events"] if each["name"].startswith("account.l")]
    assert [(each["device"], each["address"]) for each in theirs] == [(None, None)]


def test_events_of_others_are_not_there_even_where_the_person_did_them(app: Flask) -> None:
    console = open_console(app)
    console.send("names", display_name="Robert")
    client = app.test_client()
    names = {each["name"] for each in read(client, sign_in_by_api(client, console.root))["events"]}
    assert "account.renamed" not in names
    bob = app.test_client()
    told = sentences(bob, sign_in_by_api(bob, console.bob))
    assert "An administrator changed your name from bob to Robert" in told


def test_what_the_console_command_did_is_an_administrators(app: Flask, client: FlaskClient) -> None:
    person = make_account(app)
    with app.app_context():
        set_origin(Origin("command"))
        record(app, person, EventName.RESET_LINK_MADE)
    token = sign_in_by_api(client, person)
    assert "An administrator made a link to choose a new password" in sentences(client, token)


@pytest.mark.database
def test_pages_follow_each_other_without_gap_or_repetition(app: Flask, client: FlaskClient) -> None:
    person, other = make_account(app), make_account(app)
    token = sign_in_by_api(client, person)
    for number in range(PAGE_SIZE + 5):
        record(app, person, EventName.ACCOUNT_RENAMED, before=str(number), after=str(number + 1))
        record(app, other, EventName.ACCOUNT_RENAMED, before="x", after="y")
    first = read(client, token)
    record(app, person, EventName.PASSWORD_CHANGED)
    second = read(client, token, first["next"])
    ids = [int(each["id"]) for each in first["events"] + second["events"]]
    assert len(first["events"]) == PAGE_SIZE
    assert ids == sorted(set(ids), reverse=True)
    assert second["next"] is None
    assert (
        len([each for each in first["events"] + second["events"] if each["name"] == "account.renamed"]) == 35
    )


@pytest.mark.parametrize("cursor", ["x", "W10", "%00", "WyJvbGRlciIsIngiXQ", "x" * 5_000, "WyJuZXdlciIsMV0"])
def test_cursor_that_was_made_up_shows_the_first_page(app: Flask, client: FlaskClient, cursor: str) -> None:
    token = sign_in_by_api(client, make_account(app))
    answer = client.get(f"{ACTIVITY}?cursor={cursor}", headers=token)
    assert (answer.status_code, answer.get_json()["events"][0]["name"]) == (200, "login.succeeded")


def test_signed_out_person_is_refused(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_administrator(app))
    assert client.get(ACTIVITY).status_code == 401
    client.post("/api/v1/logout", headers=token)
    assert client.get(ACTIVITY, headers=token).status_code == 401
