"""Paths, queries and names, byte by byte at a running server: only what the connection allows is ever called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.connections.making import CANARY_KEY, make_connection

if TYPE_CHECKING:
    from tests.attacks.connections.raw_caller import RawCaller

PREFIX = "/api/v1/connections/weather"
# Each would leave /open/ for somebody who reads it otherwise.
ESCAPES = """
    /open/../secret /open/%2e%2e/secret /open/%2E./secret /open/.%2e/secret /open/..%2fsecret /open/..%5csecret
    /open/%252e%252e/secret /open/%25%32%65%25%32%65/secret /open/..;/secret /open/..;x=y/secret /open/%2e%2e;/secret
    /open/..%3b/secret /open/.;/../secret /open//../secret //open/x /open//secret /open/..\\secret /open\\..\\secret
    /open/..%c0%afsecret /open/%c0%ae%c0%ae/secret /open/%ef%bc%8e%ef%bc%8e/secret /open/..%ef%bc%8fsecret
    /open/%e2%80%a5/secret /open/..%00/secret /open/..%0d%0a/secret /open/..%09/secret /open/x%0aHost:%20other/
    /open/http://other.example /secret /Open/x /open /openx/y @other.example/open/x /@other.example/x
    %2f%2fother.example/open/x
    .other.example/open/x :80/open/x ;/open/x /open/%u002e%u002e/secret%ff
""".split()
INSIDE = {
    "/open/@other.example/x": "/open/@other.example/x",
    "/open/a;b=c/d": "/open/a;b=c/d",
    "/open/%61": "/open/a",
    "/open/...": "/open/...",
    "/open/..x": "/open/..x",
    "/open/%20%3f%23": "/open/%20%3F%23",
    # The server drops what no server should get.
    "/open/x#/../secret": "/open/x",
    # A slash in the end: what is judged is what is called.
    "%2fopen/x": "/open/x",
}
# Each might be read as a second `token`.
PARAMETERS = """
    token=mine TOKEN=mine ToKeN=mine %74oken=mine tok%65n=mine %54%4f%4b%45%4e=mine a=b&token=mine a=b;token=mine
    token token= &token=mine ?token=mine token[]=mine token[0]=mine token%5B%5D=mine +token=mine token+=mine
    %20token=mine token%20=mine token%00=mine %00token=mine a=b&&token=mine a%26token=mine&token=mine
    %09token=mine token%0a=mine %ef%bb%bftoken=mine %ef%bd%94oken=mine to%C2%ADken=mine to%E2%84%AAen=mine
""".split()


def call(raw_caller: RawCaller, target: str) -> list[int]:
    return raw_caller.send(raw_caller.head(f"GET {target} HTTP/1.1"))[0]


@pytest.mark.parametrize("path", ESCAPES)
def test_path_that_leads_elsewhere_for_somebody_is_not_called(raw_caller: RawCaller, path: str) -> None:
    statuses = call(raw_caller, PREFIX + path)
    assert [each for each in statuses if each < 400] == []
    assert raw_caller.received() == []


@pytest.mark.parametrize("path", INSIDE)
def test_odd_path_within_what_is_allowed_means_there_what_it_means_here(
    raw_caller: RawCaller, path: str
) -> None:
    call(raw_caller, PREFIX + path)
    assert [each.path for each in raw_caller.received()] == [INSIDE[path]]


@pytest.mark.parametrize(
    "origin", ["http://other.example", "//other.example", "http://localhost@other.example"]
)
def test_target_in_absolute_form_does_not_say_where_to(raw_caller: RawCaller, origin: str) -> None:
    call(raw_caller, f"{origin}{PREFIX}/open/x")
    for sent in raw_caller.received():
        assert sent.path == "/open/x"
        assert sent.header("Host") == raw_caller.calling.service.url.removeprefix("http://")


@pytest.mark.parametrize("query", PARAMETERS)
def test_second_parameter_for_the_key_is_not_sent(raw_caller: RawCaller, query: str) -> None:
    call(raw_caller, f"{PREFIX}/open/x?{query}")
    assert raw_caller.received() == []


@pytest.mark.parametrize("query", ["token.x=1", "tokens=1", "a=%0d%0aHost:%20other", "a='{|}^[]"])
def test_query_goes_as_it_came_and_ends_no_line(raw_caller: RawCaller, query: str) -> None:
    call(raw_caller, f"{PREFIX}/open/x?{query}")
    assert [each.target for each in raw_caller.received()] == [f"/open/x?{query}&token={CANARY_KEY}"]


@pytest.fixture(scope="module")
def others(raw_caller: RawCaller) -> None:
    """A connection that the person may not use."""
    calling = raw_caller.calling
    make_connection(calling.app, name="tides", base_url=calling.service.url, roles=("auditor",))


@pytest.mark.parametrize(
    "name",
    [
        *("tides", "tides%2f..%2fweather", "weather%2f..%2ftides", "Weather", "weather%00", "weather."),
        *("weather%20", "*", "%2a", "weather,tides", "..", "weather;x", "w%65ather/../tides"),
    ],
)
def test_connection_of_others_is_not_called_however_it_is_written(
    raw_caller: RawCaller, others: None, name: str
) -> None:
    statuses = call(raw_caller, f"/api/v1/connections/{name}/open/x")
    assert [each for each in statuses if each < 400] == []
    assert raw_caller.received() == []
