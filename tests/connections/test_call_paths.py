"""Which paths may be called, and how path and query are written for the service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.connections.errors import CallNotAllowed, ParameterNotAllowed
from webapp.connections.paths import is_match, require_path, write_target
from webapp.core.errors import MalformedRequest


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/*", "/", True),
        ("/*", "/a/b", True),
        ("/v1/orders", "/v1/orders", True),
        ("/v1/orders", "/v1/orders/", False),
        ("/v1/orders", "/v1/Orders", False),
        ("/v1/*", "/v1", False),
        ("/v1/*", "/v1/a/b", True),
        ("/v1/*/items", "/v1/a/b/items", True),
        ("/v1/*/items", "/v1/items", False),
        ("/a*b*c", "/abc", True),
        ("/a*b*c", "/acb", False),
        ("/ab*ab", "/ab", False),
        ("/*.json", "/x.json.exe", False),
        ("/a.c", "/abc", False),
    ],
)
def test_pattern_fits_whole_paths_and_stars_span_slashes(pattern: str, path: str, fits: bool) -> None:
    assert is_match(pattern, path) is fits


@given(pieces=st.lists(st.text("ab/", max_size=4), min_size=2, max_size=5), fillings=st.data())
def test_text_made_from_a_pattern_fits_it(pieces: list[str], fillings: st.DataObject) -> None:
    path = pieces[0] + "".join(fillings.draw(st.text("ab/", max_size=4)) + piece for piece in pieces[1:])
    assert is_match("*".join(pieces), path)


def test_many_stars_take_no_time_on_a_hostile_path() -> None:
    assert not is_match("/" + "*a" * 90 + "b", "/" + "a" * 15_000)


@pytest.mark.parametrize(
    "path",
    [
        "/a/..;/b",
        "/..;x/b",
        "/a/.;",
        "/a/.;/b",
        "/a/.. /b",
        "/a/ ../b",
        "/a/.. ;x/b",
        "/a/..\u00a0/b",
        "/\uff0e\uff0e/b",
        "/a\uff0fb",
        "/a\uff3cb",
        "/a/..",
        "/a/\u2024\u2024/b",
    ],
)
def test_path_that_another_program_may_read_otherwise_is_refused(path: str) -> None:
    with pytest.raises(CallNotAllowed):
        require_path(path, ["/*"])


@pytest.mark.parametrize(
    "path", ["/", "/a;b=c", "/ä/日本", "/a b", "/100%", "/what?", "/a.b/..c", "/c++/@x:y"]
)
def test_plain_path_is_allowed(path: str) -> None:
    require_path(path, ["/x", "/*"])


@pytest.mark.parametrize(
    ("base", "path", "query", "written"),
    [
        ("", "/", "", b"/"),
        ("/v1", "/a b/ü", "q=%C3%BC", b"/v1/a%20b/%C3%BC?q=%C3%BC"),
        ("", "/100%/what?#", "", b"/100%25/what%3F%23"),
        ("", "/%41", "a=1&&b", b"/%2541?a=1&&b"),
        ("", "/@x:y;z=1,2", "", b"/@x:y;z=1,2"),
    ],
)
def test_path_is_encoded_anew_and_the_query_stays(base: str, path: str, query: str, written: bytes) -> None:
    assert write_target(base, path, query, None) == written


def test_key_is_added_to_the_query() -> None:
    assert write_target("", "/a", "", ("api_key", "x%2Fy")) == b"/a?api_key=x%2Fy"
    assert write_target("", "/a", "b=1", ("api_key", "x%2Fy")) == b"/a?b=1&api_key=x%2Fy"


@pytest.mark.parametrize(
    "query",
    [
        "key=1",
        "a=1&KEY=2",
        "%6bey=1",
        "k%65y",
        "key[]=1",
        "a;key=1",
        "+key=1",
        "%20key%20=1",
        "key[0][a]=1",
        "k%2565y=1",
        "key%00x=1",
        "?key=1",
    ],
)
def test_parameter_under_the_name_of_the_keys_is_refused(query: str) -> None:
    with pytest.raises(ParameterNotAllowed):
        write_target("", "/", query, ("key", "x"))


@pytest.mark.parametrize(
    "query", ["api_key=1", "Api.Key=1", "api+key=1", "api-key=1", "api%20key[]=1", "api_k%C2%ADey=1"]
)
def test_parameter_that_becomes_the_keys_on_its_way_is_refused(query: str) -> None:
    with pytest.raises(ParameterNotAllowed):
        write_target("", "/", query, ("api_key", "x"))


@pytest.mark.parametrize("query", ["monkey=1", "keys=1", "a=key", "a=b%26key=1"])
def test_parameter_under_another_name_goes_along(query: str) -> None:
    assert write_target("", "/", query, ("key", "x")) == f"/?{query}&key=x".encode()


@pytest.mark.parametrize("query", ["a=ü", "a=\r\nHost: x", "a b", "a=\x00", "a#b"])
def test_query_that_could_not_have_been_sent_is_refused(query: str) -> None:
    with pytest.raises(MalformedRequest):
        write_target("", "/", query, None)
