"""A session cannot fill the owner's mailbox by making codes, setting apps up or adding passkeys again and again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import FACTORS, open_page_session, token_of
from tests.factors.soft_authenticator import SoftAuthenticator, add, ask_to_create, enrol
from tests.mailbox import letters_to
from tests.make import enrol_app, make_account
from tests.page_client import PageClient

START = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def environment() -> dict[str, str]:
    return {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "latchkey@example.org"}


def test_recovery_codes_are_made_twenty_times_a_day_at_most(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False):
        person = make_account(app)
        enrol_app(app, person)
        statuses = [
            client.post(f"{FACTORS}/recovery-codes", headers=token_of(app, person)).status_code
            for _ in range(22)
        ]
    assert statuses == [201] * 20 + [429] * 2
    assert len(letters_to(app, person.email, kind="recovery_codes_made")) == 20


def test_apps_are_begun_twenty_times_a_day_at_most(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False):
        person = make_account(app)
        token = token_of(app, person)
        statuses = [client.post(f"{FACTORS}/totp", headers=token, json={}).status_code for _ in range(22)]
    assert statuses == [201] * 20 + [429] * 2


@pytest.mark.limits
def test_passkeys_are_added_twenty_times_a_day_at_most(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False) as clock:
        person = make_account(app)
        token = token_of(app, person)
        waiting = SoftAuthenticator().create(ask_to_create(client, token))
        for _ in range(20):
            enrol(client, token)
            passkey = client.get(FACTORS, headers=token).get_json()["passkeys"][0]
            assert client.delete(f"{FACTORS}/{passkey['id']}", headers=token).status_code == 204
            clock.shift(1)
        # Said before the browser makes one that would not be kept; one that it made before is not kept either.
        begun = client.post(f"{FACTORS}/passkeys/options", headers=token)
        late = add(client, token, waiting)
        refusals = [(each.status_code, each.get_json()["error"]) for each in (begun, late)]
        assert refusals == [(429, "too_many_attempts")] * 2
        assert client.get(FACTORS, headers=token).get_json()["passkeys"] == []
        assert int(begun.headers["Retry-After"]) > 3600
        assert len(letters_to(app, person.email, kind="factor_added")) == 20
        clock.shift(86_400)
        enrol(client, token_of(app, person))


def test_passkey_that_is_not_added_counts_for_nothing(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(START, tick=False):
        token = token_of(app, make_account(app))
        for _ in range(22):
            ask_to_create(client, token)
            assert add(client, token, {"id": "x"}).status_code == 422
        enrol(client, token)


@pytest.mark.parametrize("form", ["app", "codes"])
def test_page_says_so(app: Flask, pages: PageClient, form: str) -> None:
    with time_machine.travel(START, tick=False):
        person = make_account(app)
        enrol_app(app, person)
        open_page_session(app, pages, person)
        for _ in range(21):
            pages.get("/account/second-step")
            page = pages.submit(f"/account/second-step/{form}")
    assert "Too many attempts" in page.text
