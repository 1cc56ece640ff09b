"""A browser that signs in leaves nothing open behind it: the session it brought ends, by whichever cookie it came."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.make import make_account, refresh
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, end_cause_of, is_in, session_ids


@pytest.mark.parametrize("then", FACES)
@pytest.mark.parametrize("first", FACES)
@pytest.mark.parametrize("same_person", [True, False])
def test_second_sign_in_ends_the_session_that_the_browser_brought(
    app: Flask, client: FlaskClient, first: str, then: str, same_person: bool
) -> None:
    one = make_account(app)
    other = one if same_person else make_account(app)
    ask(first, client, one.username, one.password)
    brought = session_ids(app, one.id)[0]
    response = ask_though_signed_in(then, client, other.username, other.password)
    assert is_in(response)
    assert end_cause_of(app, brought) == "signed_in_again"


def ask_though_signed_in(face: str, client: FlaskClient, username: str, password: str) -> TestResponse:
    """Sign in where a signed-in person no longer sees the form: by the CSRF value of whatever page they see."""
    if face == "api":
        return ask(face, client, username, password)
    token = PageClient(client).get("/login").get("input[name=csrf_token]").attributes["value"]
    return client.post("/login", data={"csrf_token": token, "username": username, "password": password})


@pytest.mark.parametrize("face", FACES)
def test_refused_sign_in_leaves_the_brought_session_alone(app: Flask, client: FlaskClient, face: str) -> None:
    person = make_account(app)
    ask(face, client, person.username, person.password)
    assert not is_in(ask("api", client, person.username, "wrong"))
    assert end_cause_of(app, session_ids(app, person.id)[0]) is None
    assert refresh(client)
