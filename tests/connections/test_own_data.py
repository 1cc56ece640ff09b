"""A copy of one's own data has one's use of connections in it: every call that is kept, and the sums of each day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from tests.connections.use_world import connect, use
from tests.make import make_account, sign_in_by_api
from webapp.connections import own_data

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

START = datetime(2030, 5, 1, 12, 30, tzinfo=UTC)


def export(client: FlaskClient, token: dict[str, str]) -> dict[str, Any]:
    answer = client.get("/api/v1/export", headers=token)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


@pytest.mark.database
def test_copy_holds_ones_own_calls_and_days(app: Flask, client: FlaskClient) -> None:
    weather, archive = connect(app), connect(app, name="archive")
    ada, bob = make_account(app), make_account(app)
    with time_machine.travel(START, tick=False) as clock:
        use(app, weather, ada, 2, path="/first")
        use(app, weather, bob, path="/secret-of-bob")
        clock.shift(timedelta(hours=1))
        use(app, archive, ada, status=500)
        use(app, weather, ada, request_id="the-last-one")
        found = export(client, sign_in_by_api(client, ada))
    calls = [(each["connection"], each["path"], each["status"]) for each in found["connection_calls"]]
    assert calls == [
        ("weather", "/v1/forecast", 200),
        ("archive", "/v1/forecast", 500),
        ("weather", "/first", 200),
        ("weather", "/first", 200),
    ]
    assert found["connection_calls"][0]["request_id"] == "the-last-one"
    days = [
        (each["connection"], each["day"], each["calls"], each["errors"]) for each in found["connection_days"]
    ]
    assert sorted(days) == [("archive", "2030-05-01", 1, 1), ("weather", "2030-05-01", 3, 0)]
    assert "bob" not in str(found)


def test_older_calls_are_left_out_and_told_of(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_data, "MOST_CALLS", 3)
    ada, weather, archive = make_account(app), connect(app), connect(app, name="archive")
    use(app, weather, ada, 3)
    token = sign_in_by_api(client, ada)
    assert "there are older ones" not in export(client, token)["note"]
    use(app, archive, ada, 2)
    found = export(client, token)
    assert [each["connection"] for each in found["connection_calls"]] == ["archive", "archive", "weather"]
    assert "Of your calls through connections these are the latest 3; there are older ones." in found["note"]
    assert sum(each["calls"] for each in found["connection_days"]) == 5
