"""A browser whose session was ended elsewhere signs in and out as if nothing were, and the first cause stays."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.make import csrf_header, make_account, make_administrator
from tests.page_client import PageClient
from tests.signin.faces import FACES, ask, end_cause_of, is_in, session_ids
from webapp.infra.database import unit_of_work
from webapp.joining.flow import make_setup_link
from webapp.sessions.causes import EndCause
from webapp.sessions.service import end_all_sessions


@pytest.fixture
def ended(app: Flask, client: FlaskClient) -> str:
    """The session that the browser still holds, ended by an administrator."""
    person = make_account(app, "ada")
    ask("page", client, person.username, person.password)
    with app.app_context(), unit_of_work():
        end_all_sessions(person.id, EndCause.ADMINISTRATOR)
    return session_ids(app, person.id)[0]


def test_sign_out_at_the_api_is_as_good(app: Flask, client: FlaskClient, ended: str) -> None:
    assert client.post("/api/v1/logout", headers=csrf_header(client)).status_code == 204
    assert client.get_cookie("__Host-refresh_token") is None
    assert end_cause_of(app, ended) == "administrator"


def test_sign_out_on_the_page_is_as_good(app: Flask, client: FlaskClient, ended: str) -> None:
    token = PageClient(client).get("/forgot-password").get("input[name=csrf_token]").attributes["value"]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    assert client.get_cookie("__Host-refresh_token") is None
    assert end_cause_of(app, ended) == "administrator"


@pytest.mark.parametrize("face", FACES)
def test_next_sign_in_starts_anew(app: Flask, client: FlaskClient, ended: str, face: str) -> None:
    person = make_account(app)
    assert is_in(ask(face, client, person.username, person.password))
    assert end_cause_of(app, ended) == "administrator"


def test_no_set_up_link_is_made_once_somebody_administers(app: Flask) -> None:
    make_administrator(app)
    with app.app_context(), unit_of_work():
        assert make_setup_link() is None
