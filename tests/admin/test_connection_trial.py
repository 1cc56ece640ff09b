"""Trying a connection out: what was sent stands there without the key, beside what the service said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, events, open_console
from tests.connections.making import CANARY_KEY, LOOPBACK, make_connection
from tests.servers.upstream import Upstream, upstream
from tests.servers.upstream_answers import reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.page_client import Page

LIST = "/admin/connections"


@pytest.fixture
def service() -> Iterator[Upstream]:
    with upstream() as service:
        yield service


@pytest.fixture
def console(make_app: Callable[..., Flask]) -> Console:
    return open_console(make_app(**LOOPBACK))


def try_out(console: Console, connection_id: str, **values: str) -> Page:
    console.pages.get(f"{LIST}/{connection_id}/test")
    return console.pages.submit(f"{LIST}/{connection_id}/test", **values)


def test_trial_shows_both_sides_with_the_key_masked(console: Console, service: Upstream) -> None:
    made = make_connection(console.app, base_url=f"{service.url}/v1", is_enabled=False)
    page = try_out(
        console, made.id, method="POST", path="/forecast/Z%C3%BCrich?days=2&in=ü %20", body='{"a":\r\n1}'
    )
    received = service.await_requests(1)[0]
    assert received.target == "/v1/forecast/Z%C3%BCrich?days=2&in=%C3%BC%20%20"
    assert (received.header("Authorization"), received.body) == (f"Bearer {CANARY_KEY}", b'{"a":\n1}')
    sent, came = (page.get(each).text for each in ("#sent-call", "#answer-body"))
    assert sent.startswith(f"POST {service.url}/v1/forecast/Z%C3%BCrich?days=2")
    assert ("Authorization: Bearer ***" in sent, "application/json" in sent) == (True, True)
    # The service says the key back in its answer.
    assert ("authorization" in came.lower(), "*" * len(CANARY_KEY) in came) == (True, True)
    assert CANARY_KEY not in page.html
    assert page.get("#path").attributes["value"] == "/forecast/Z%C3%BCrich?days=2&in=ü %20"
    event = events(console.app, "connection.tested")[0]
    assert (event.actor_id, '"path":"/forecast/Zürich"' in event.detail) == (console.root.id, True)
    assert "calls of weather today" in str(console.pages.get(LIST).get("td.quiet a").attributes)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\x00\xff\xfe" * 10, "30 bytes that are no text"),
        (b"", "The body is empty"),
        ("ü".encode() * 5000, "These are the first 4,096 bytes"),
        (b"a\x1b[31mb<script>", "That is all of the body"),
    ],
)
def test_answer_of_any_kind_is_shown_for_what_it_is(
    console: Console, service: Upstream, answer: bytes, words: str
) -> None:
    made = make_connection(console.app, base_url=service.url)
    service.on("/x", reply(answer))
    page = try_out(console, made.id, method="GET", path="/x")
    assert (page.status, words in page.text) == (200, True)


def test_trial_that_reaches_nobody_says_why_and_shows_the_call(console: Console) -> None:
    made = make_connection(console.app)
    page = try_out(console, made.id, method="GET", path="/")
    assert (page.status, "The service cannot be reached." in page.text) == (200, True)
    assert "GET http://127.0.0.1:9/" in page.get("#sent-call").text
    assert console.pages.submit(f"{LIST}/{made.id}/test").status == 200


def test_call_that_nobody_could_make_is_refused_before_it_is_sent(console: Console) -> None:
    made = make_connection(console.app, paths="/a/*", methods=["GET"], most_sent=10)
    refused = {
        ("GET", "/b", ""): 403, ("DELETE", "/a/", ""): 403, ("GET", "a", ""): 422, ("GET", "/a/../b", ""): 422,
        ("GET", "/a//b", ""): 422, ("GET", "/a/%2e%2e/b", ""): 422, ("GET", "/a/%ff", ""): 422,
        ("GET", "/a/%252e", ""): 422, ("GET", "/a/b%2fc", ""): 422, ("GET", "/a/" + "x" * 2000, ""): 422,
        ("GET", "/a/", "x" * 11): 413, ("", "/a/", ""): 403,
    }  # fmt: skip
    for (method, path, body), status in refused.items():
        console.pages.get(f"{LIST}/{made.id}/test")
        page = console.pages.submit(method=method, path=path, body=body)
        assert (page.status, "Nothing was sent" in page.text) == (status, True), (method, path)
    assert not events(console.app, "connection.tested")


def test_key_typed_into_the_call_is_masked_in_what_is_shown_and_kept(
    console: Console, service: Upstream
) -> None:
    made = make_connection(console.app, base_url=service.url)
    page = try_out(console, made.id, method="POST", path=f"/{CANARY_KEY}", body=f"key={CANARY_KEY}")
    assert CANARY_KEY not in page.html
    assert "/***" in events(console.app, "connection.tested")[0].detail
    refused = try_out(console, made.id, method="GET", path=CANARY_KEY)
    assert (refused.status, CANARY_KEY in refused.html) == (422, False)
