"""The host a request names must be one of ours, except for a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

FOREIGN = [
    "evil.example", "evil.example:443", "localhost.evil.example", "localhost:99999", "localhost:x", "a@localhost",
    "localhost/evil", "localhost\\evil", "", "localhost#", "127.0.0.2", "evillocalhost", ".localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_host_is_told_what_to_do(client: FlaskClient, host: str) -> None:
    page = client.get("/login", headers={"Host": host})
    call = client.get("/api/v1/protected", headers={"Host": host})
    assert (page.status_code, call.status_code) == (400, 400)
    assert "Use the address in PUBLIC_URL, or add it to TRUSTED_HOSTS" in page.text
    assert call.get_json()["error"] == "untrusted_host"
    assert "evil.example" not in page.text + call.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:9"])
def test_own_host_is_answered_on_any_port(client: FlaskClient, host: str) -> None:
    assert client.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "node-3", ""])
def test_probe_may_ask_under_any_name(client: FlaskClient, path: str, host: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz/", "/healthz/x", "/Healthz"])
def test_what_only_looks_like_a_probe_may_not(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_host_is_added_by_the_setting_with_the_hosts_below_it(make_app: Callable[..., Flask]) -> None:
    client = make_app(TRUSTED_HOSTS="accounts.example.org,.example.net").test_client()
    hosts = ["accounts.example.org", "a.example.net", "b.accounts.example.org", "example.com"]
    statuses = [client.get("/login", headers={"Host": host}).status_code for host in hosts]
    assert statuses == [200, 200, 400, 400]


def test_forwarded_host_of_a_stranger_changes_nothing(client: FlaskClient) -> None:
    answer = client.get(
        "/account", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )
    assert "evil" not in answer.headers["Location"]


def test_forwarded_host_of_a_proxy_must_be_ours_too(make_app: Callable[..., Flask]) -> None:
    client = make_app(TRUSTED_PROXIES="10.0.0.0/8").test_client()
    proxy = {"REMOTE_ADDR": "10.0.0.1"}
    answer = client.get("/login", headers={"X-Forwarded-Host": "evil.example"}, environ_base=proxy)
    assert answer.status_code == 400
