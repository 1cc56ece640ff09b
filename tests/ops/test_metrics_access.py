"""Who may read /metrics: addresses within METRICS_ALLOW. For everybody else there is no such page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.ops.scraping import scrape
from webapp.infra.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

PROXY = {"REMOTE_ADDR": "10.0.0.1"}


def from_address(client: FlaskClient, address: str, forwarded: str | None = None) -> int:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_only_listed_networks_may_read(make_app: Callable[..., Flask]) -> None:
    client = make_app(METRICS_ALLOW="10.0.0.0/24, fd00::/8", TRUSTED_PROXIES="10.0.0.1").test_client()
    assert from_address(client, "10.0.0.7") == 200
    assert from_address(client, "fd00::7") == 200
    assert from_address(client, "::ffff:10.0.0.7") == 200
    assert from_address(client, "10.0.1.7") == 404
    assert from_address(client, "2001:db8::7") == 404
    # Through the proxy comes whom it names, though it is itself within the network.
    assert from_address(client, "10.0.0.1", "10.0.0.7") == 200
    assert from_address(client, "10.0.0.1", "203.0.113.7") == 404
    assert from_address(client, "10.0.0.1", "10.0.0.7, 203.0.113.7") == 404


def test_what_an_unknown_proxy_hands_on_may_not_read(make_app: Callable[..., Flask]) -> None:
    client = make_app(METRICS_ALLOW="10.0.0.0/24").test_client()
    assert from_address(client, "10.0.0.1") == 200
    assert from_address(client, "10.0.0.1", "203.0.113.7") == 404
    assert from_address(client, "10.0.0.1", "10.0.0.7") == 404


def test_proxy_with_a_loopback_address_of_its_own_hands_on_nobody_who_may_read(
    make_app: Callable[..., Flask],
) -> None:
    """One machine with nginx (proxy_bind 127.0.0.2) and Prometheus, as docs/metrics.md has it."""
    client = make_app(METRICS_ALLOW="127.0.0.1/32", TRUSTED_PROXIES="127.0.0.2/32").test_client()
    assert from_address(client, "127.0.0.1") == 200
    assert from_address(client, "127.0.0.2") == 404
    assert from_address(client, "127.0.0.2", "203.0.113.7") == 404
    # Whoever says so to nginx has it overwritten; whoever says so to the server itself is handed on by nobody it knows.
    assert from_address(client, "127.0.0.1", "127.0.0.1") == 404


@pytest.mark.parametrize("trusted", ["", "10.0.0.1"])
def test_what_is_handed_on_without_saying_for_whom_may_not_read(
    make_app: Callable[..., Flask], trusted: str
) -> None:
    client = make_app(METRICS_ALLOW="10.0.0.0/24", TRUSTED_PROXIES=trusted).test_client()
    for name in ("Via", "X-Real-IP", "Forwarded", "X-Forwarded-Proto", "X-Forwarded-Port"):
        alone = client.get("/metrics", headers={name: "https"}, environ_overrides=PROXY)
        named = {name: "https", "X-Forwarded-For": "10.0.0.7"}
        both = client.get("/metrics", headers=named, environ_overrides=PROXY)
        assert (name, alone.status_code, both.status_code) == (name, 404, 200 if trusted else 404)


def test_page_is_as_absent_as_any_other_and_nothing_is_counted_where_nobody_may_read(
    app: Flask, client: FlaskClient
) -> None:
    refused, absent = client.get("/metrics"), client.get("/metricz")
    mark = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}|/metric[sz]|[0-9a-z-]{20,}")
    assert (refused.status_code, mark.sub("", refused.text)) == (404, mark.sub("", absent.text))
    assert app.extensions["latchkey"].get(Metrics).read()["requests"] == []


def test_node_is_known_by_its_address(make_app: Callable[..., Flask]) -> None:
    client = make_app(METRICS_ALLOW="127.0.0.1").test_client()
    answer = client.get("/metrics", base_url="http://10.0.0.5:8000")
    assert answer.status_code == 200
    assert scrape(client)["latchkey_processes"] == 1
