"""A session cannot fill the owner's mailbox by making recovery codes, or setting apps up, again and again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factors.faces import FACTORS, open_page_session, token_of
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
