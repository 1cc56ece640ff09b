"""A person reads their own account and changes the name it shows."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import bearer, make_account, sign_in_by_api
from tests.signin.faces import events_of

PROFILE = "/api/v1/profile"
KEYS = {"id", "username", "display_name", "email", "email_verified", "roles", "created_at"}
STATE = {"pending_email", "has_second_factor", "second_factor_required", "deletion_due_at"}


def test_person_reads_what_is_known_about_them(app: Flask, client: FlaskClient) -> None:
    person = make_account(app, "ada")
    answer = client.get(PROFILE, headers=sign_in_by_api(client, person)).get_json()
    assert set(answer) == KEYS | {"password_changed_at", "last_signed_in_at"} | STATE
    assert (answer["id"], answer["username"], answer["email"]) == (person.id, "ada", "ada@example.org")
    assert (answer["roles"], answer["email_verified"]) == (["user"], True)


def test_unverified_person_may_read_and_change_their_profile(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app, verified=False))
    assert client.get(PROFILE, headers=token).get_json()["email_verified"] is False
    assert client.patch(PROFILE, headers=token, json={"display_name": "A"}).status_code == 200


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada\t\n Lovelace ", "Ada Lovelace"),
        ("\u4e16\u754c", "\u4e16\u754c"),
        ("Ame\u0301lie", "Am\u00e9lie"),
        ("\U0001f468\u200d\U0001f680", "\U0001f468\u200d\U0001f680"),
        ("<b>Ada</b>", "<b>Ada</b>"),
        ("x" * 80, "x" * 80),
    ],
)
def test_new_name_is_shown_from_then_on(app: Flask, client: FlaskClient, typed: str, shown: str) -> None:
    token = sign_in_by_api(client, make_account(app))
    response = client.patch(PROFILE, headers=token, json={"display_name": typed})
    assert (response.status_code, response.get_json()["display_name"]) == (200, shown)
    assert client.get(PROFILE, headers=token).get_json()["display_name"] == shown


def test_change_is_an_event_and_repeating_it_is_none(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app, "ada"))
    for _ in range(3):
        client.patch(PROFILE, headers=token, json={"display_name": "Ada L."})
    assert events_of(app, "account.renamed") == ['{"after":"Ada L.","before":"ada"}']


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "display_name"),
        ({"display_name": ""}, "display_name"),
        ({"display_name": " \t "}, "display_name"),
        ({"display_name": "\u200d"}, "display_name"),
        ({"display_name": "x" * 81}, "display_name"),
        ({"display_name": "x" * 401}, "display_name"),
        ({"display_name": None}, "display_name"),
        ({"display_name": ["Ada"]}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"display_name": "a\u202eb"}, "display_name"),
        ({"display_name": "a\x07b"}, "display_name"),
        ({"display_name": "a\x00b"}, "display_name"),
        ({"display_name": "a\ud800b"}, "display_name"),
        ({"display_name": "Ada", "roles": ["administrator"]}, "roles"),
        ({"display_name": "Ada", "username": "root"}, "username"),
        ({"display_name": "Ada", "email_verified": True}, "email_verified"),
    ],
)
def test_unfit_name_or_unknown_field_changes_nothing(
    app: Flask, client: FlaskClient, body: dict[str, Any], named: str
) -> None:
    token = sign_in_by_api(client, make_account(app, "ada"))
    response = client.patch(PROFILE, headers=token, json=body)
    assert (response.status_code, set(response.get_json()["fields"])) == (422, {named})
    assert client.get(PROFILE, headers=token).get_json()["display_name"] == "ada"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PROFILE),
        ("PATCH", PROFILE),
        ("POST", "/api/v1/password"),
        ("POST", "/api/v1/proof"),
        ("GET", "/api/v1/protected"),
        ("GET", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions/x"),
    ],
)
@pytest.mark.parametrize("headers", [{}, bearer("x"), bearer(""), {"Authorization": "Basic YTpi"}])
def test_call_without_a_good_token_is_refused_before_its_body_is_read(
    app: Flask, client: FlaskClient, method: str, path: str, headers: dict[str, str]
) -> None:
    sign_in_by_api(client, make_account(app))
    response = client.open(path, method=method, headers=headers, data=b"{")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.get_json()["error"] in {"token_missing", "invalid_token"}
