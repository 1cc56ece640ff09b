"""A clock that is set back, or is behind that of the node before: what was issued in its future signs nobody out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from itsdangerous import SignatureExpired

from tests.make import csrf_header, make_account, refresh, sign_in
from tests.page_client import PageClient
from webapp.core import clock
from webapp.web.page_sessions import PageSessions


@pytest.mark.parametrize("ahead", [timedelta(seconds=2), timedelta(minutes=2), timedelta(hours=3)])
def test_page_session_and_refresh_cookie_of_the_future_are_taken(
    app: Flask, pages: PageClient, ahead: timedelta
) -> None:
    person = make_account(app)
    with time_machine.travel(clock.now() + ahead):
        assert sign_in(pages, person).path == "/account"
        # The first renewal moves the chain: its new cookie is of the future too.
        refresh(pages.client)
    assert pages.get("/account").path == "/account"
    headers = refresh(pages.client)
    assert pages.client.get("/api/v1/protected", headers=headers).status_code == 200


def test_refresh_cookie_of_the_future_still_needs_its_csrf_value(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        sign_in(pages, person)
    sent = [{"X-CSRF-TOKEN": "x" * 43}, {"X-CSRF-TOKEN": "é"}, {}]
    answers = [pages.client.post("/api/v1/refresh", headers=each) for each in sent]
    assert {(each.status_code, each.get_json()["error"]) for each in answers} == {(403, "csrf_failed")}
    assert pages.client.post("/api/v1/refresh", headers=csrf_header(pages.client)).status_code == 200


def test_page_session_that_has_run_out_is_refused_as_before(app: Flask) -> None:
    serializer = PageSessions().get_signing_serializer(app)
    assert serializer is not None
    kept = serializer.dumps({"sid": "x"})
    assert serializer.loads(kept, max_age=60) == {"sid": "x"}
    with time_machine.travel(clock.now() + timedelta(seconds=90)), pytest.raises(SignatureExpired):
        serializer.loads(kept, max_age=60)
