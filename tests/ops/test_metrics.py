"""What a scrape of /metrics tells, and that it tells of nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.make import csrf_header, make_account, make_program, refresh, sign_in_by_api
from tests.ops.scraping import scrape
from tests.ops.test_health import lose_database

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def environment() -> dict[str, str]:
    return {"METRICS_ALLOW": "127.0.0.1/32", "LIMIT_PER_ADDRESS": "20/1m", "KEY_ROTATION_INTERVAL": "7776000"}


@pytest.mark.database
def test_scrape_tells_what_happened_and_of_nobody(app: Flask, client: FlaskClient) -> None:
    ada, program = make_account(app, "ada-of-the-metrics"), make_program(app, name="Reports of the metrics")
    headers = sign_in_by_api(client, ada)
    for _ in range(2):
        client.post("/api/v1/login", json={"username": ada.username, "password": "typed by mistake"})
    headers = refresh(client)
    client.get("/api/v1/verify", headers=headers)
    token = headers["Authorization"].removeprefix("Bearer ")
    client.post("/api/v1/introspect", data={"token": token}, headers=program.headers)
    client.get("/scanned/for/.env?token=abcdef")
    client.get(f"/admin/accounts/{ada.id}")
    client.post("/api/v1/logout", headers=csrf_header(client))
    answer = client.get("/metrics").text
    found = scrape(client)
    requests = {name: value for name, value in found.items() if name.startswith("latchkey_http_requests")}
    assert requests['latchkey_http_requests_total{method="POST",route="/api/v1/login",status="200"}'] == 1
    assert requests['latchkey_http_requests_total{method="GET",route="/api/v1/verify",status="204"}'] == 1
    assert (
        requests['latchkey_http_requests_total{method="POST",route="/api/v1/introspect",status="200"}'] == 1
    )
    assert requests['latchkey_http_requests_total{method="GET",route="none",status="404"}'] == 1
    assert sum("/admin/accounts/<" in name for name in requests) == 1
    assert found['latchkey_http_request_duration_seconds_count{method="POST",route="/api/v1/login"}'] == 3
    assert found['latchkey_sign_ins_total{outcome="succeeded"}'] == 1
    assert found['latchkey_sign_ins_total{outcome="failed"}'] == 2
    assert found['latchkey_refusals_total{code="invalid_credentials"}'] == 2
    assert found['latchkey_refreshes_total{decision="rotated"}'] == 1
    assert found["latchkey_sessions_started_total"] == 1
    assert found['latchkey_sessions_ended_total{cause="signed_out"}'] == 1
    assert (found["latchkey_accounts"], found["latchkey_ready"]) == (1, 1)
    assert found["latchkey_audit_unsealed_events"] >= 5
    assert 0 < found["latchkey_signing_key_change_seconds"] < 7_776_000
    for secret in (ada.id, ada.username, ada.email, program.id, token, "Reports", "scanned", "127.0.0.1"):
        assert secret not in answer


def test_refusals_are_counted_by_code_and_limits_by_lane(client: FlaskClient) -> None:
    other = {"REMOTE_ADDR": "127.0.0.9"}
    answers = [client.get("/healthz", environ_overrides=other).status_code for _ in range(22)]
    client.open("/healthz", method="TRACE", environ_overrides=other)
    found = scrape(client)
    assert answers.count(429) == 2
    assert found['latchkey_limit_refusals_total{lane="address"}'] == 2
    assert found['latchkey_refusals_total{code="too_many_attempts"}'] == 2
    assert found['latchkey_refusals_total{code="method_not_allowed"}'] == 1


def test_scrape_answers_while_the_database_is_away(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    assert scrape(client)['latchkey_part_ok{part="database"}'] == 1
    lose_database(app, tmp_path)
    found = scrape(client)
    assert found['latchkey_part_ok{part="database"}'] == found["latchkey_ready"] == 0
    assert 'latchkey_http_requests_total{method="GET",route="/metrics",status="200"}' in found
    assert "latchkey_accounts" not in found


def test_scrape_in_open_metrics(client: FlaskClient) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.content_type.startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert re.search(r"^latchkey_ready 1\.0$", answer.text, re.MULTILINE)
