"""The configuration of nginx as an operator copies it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from select import select
from typing import TYPE_CHECKING

import pytest

from deploy.cluster.places import free_port, temporary_folder
from deploy.cluster.proxy import CONFIGURATION, Proxy, fill_in
from tests.deploy.caller import Caller
from tests.servers.shared import wait_until
from webapp.admin.transfer_pages import IMPORT_PATH, MOST_SENT
from webapp.web.bounds import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = (CONFIGURATION / "latchkey.conf").read_text()


@pytest.fixture(scope="module")
def lonely() -> Iterator[Proxy]:
    """nginx at work, and no node behind it."""
    with temporary_folder() as folder:
        ports = [free_port(set()) for _ in range(4)]
        proxy = Proxy(folder, ports[0], ports[1], ports[2:])
        proxy.start()
        yield proxy
        proxy.stop()


@pytest.mark.nginx
def test_configuration_is_accepted_in_a_path_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    proxy = Proxy(folder, 20_443, 20_080, [20_001, 20_002, 20_003])
    proxy.application_port = 20_009
    assert proxy.check() == ""
    filled = (folder / "nginx" / "latchkey.conf").read_text()
    assert filled.count("server 127.0.0.1:2000") == 6
    assert "10.0.0." not in filled
    assert "example.org" not in filled


def test_place_that_is_no_longer_there_is_told() -> None:
    with pytest.raises(ValueError, match=re.escape("no longer says 'listen 81;'")):
        fill_in(TEXT, {"listen 81;": "listen 8080;"})


def test_sizes_are_those_of_the_application() -> None:
    general = re.search(r"^    client_max_body_size +(\d+)k;", TEXT, re.MULTILINE)
    large = re.search(r"location = (\S+) \{\s+client_max_body_size (\d+)m;", TEXT)
    assert general
    assert int(general[1]) * 1024 == Bounds().body_bytes
    assert large
    assert large[1] == IMPORT_PATH
    assert MOST_SENT <= int(large[2]) * 1024**2 < MOST_SENT + 2 * 1024**2


def test_nothing_that_was_sent_is_repeated_unless_it_may_be() -> None:
    assert "non_idempotent" not in re.sub(r"#.*", "", TEXT)
    assert "proxy_request_buffering     on;" in TEXT


@pytest.mark.nginx
def test_while_no_node_answers_everybody_is_told_in_their_form(lonely: Proxy) -> None:
    told = {
        path: Caller(lonely).ask("GET", path) for path in ("/api/v1/profile", "/api/v2/profile", "/login")
    }
    assert {(status, headers["Retry-After"]) for status, headers, _ in told.values()} == {(503, "2")}
    assert told["/api/v1/profile"][2]["error"] == told["/api/v2/profile"][2]["code"] == "unavailable"
    assert b"<h1>Not available just now</h1>" in told["/login"][2]
    assert Caller(lonely).ask("POST", "/api/v1/login", {})[0] == 503
    # Whoever may not be asked about is not let through; and what is internal is nobody's.
    assert Caller(lonely).ask("GET", "/_verify")[0] == 404
    assert Caller(lonely).ask("GET", "/_away/v1")[0] == 404


@pytest.mark.nginx
def test_what_nginx_refuses_by_itself_is_told_in_their_form_without_its_name(lonely: Proxy) -> None:
    large = "x" * 70_000
    v1, v2, page = (
        Caller(lonely).ask("POST", path, large) for path in ("/api/v1/login", "/api/v2/login", "/login")
    )
    assert (v1[0], v1[2]["error"], v1[1]["Content-Type"]) == (413, "body_too_large", "application/json")
    assert (v2[0], v2[2]["status"], v2[1]["Content-Type"]) == (413, 413, "application/problem+json")
    assert (page[0], page[2]) == (413, b"The request is too large.\n")
    header = {"X-Long": "x" * 20_000}
    others = [
        (400, Caller(lonely).ask("GET", "/api/v1/profile", **header)),
        (414, Caller(lonely).ask("GET", f"/login?{'x' * 20_000}")),
        (405, Caller(lonely).ask("TRACE", "/login")),
        (404, Caller(lonely).ask("GET", "/readyz")),
        (404, Caller(lonely).ask("GET", "/metrics")),
    ]
    assert [status for _, (status, _, _) in others] == [status for status, _ in others]
    for status, headers, body in (v1, v2, page, *(answer for _, answer in others)):
        assert "nginx" not in str(body), status
        assert (headers["Server"], headers["X-Content-Type-Options"]) == ("nginx", "nosniff"), status
        assert headers["Strict-Transport-Security"], status
        assert headers["Retry-After"] is None, status


@pytest.mark.nginx
def test_one_address_cannot_hold_every_thread_of_the_nodes() -> None:
    with temporary_folder() as folder, socket.create_server(("127.0.0.1", 0), backlog=512) as hanging:
        port = hanging.getsockname()[1]
        proxy = Proxy(folder, free_port(set()), free_port(set()), [port, port])
        proxy.start()
        # Before 1.3, nothing but an answer comes after the handshake.
        context = proxy.client_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        lines = [http.client.HTTPSConnection("localhost", proxy.port, context=context) for _ in range(203)]
        for line in lines:
            line.request("GET", "/api/v1/profile")
        told = {line.sock: line for line in lines}
        wait_until(lambda: len(select(told, [], [], 0.1)[0]) >= 3, "the refusals")
        answers = [told[each].getresponse() for each in select(told, [], [], 0)[0]]
        assert [(answer.status, answer.headers["Retry-After"]) for answer in answers] == [(429, "2")] * 3
        assert {json.loads(answer.read())["error"] for answer in answers} == {"too_many_attempts"}
        for line in lines:
            line.close()
        proxy.stop()


@pytest.mark.nginx
def test_plain_http_leads_pages_to_https_and_refuses_programs(lonely: Proxy) -> None:
    line = http.client.HTTPConnection("localhost", lonely.plain_port, timeout=10)
    line.request("GET", "/login?next=/account")
    answer = line.getresponse()
    answer.read()
    there = f"https://localhost:{lonely.port}/login?next=/account"
    assert (answer.status, answer.headers["Location"]) == (308, there)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    line.request("POST", "/api/v1/login", b"{}")
    refused = line.getresponse()
    assert (refused.status, refused.read()) == (403, b"Use https.\n")
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    line.close()
