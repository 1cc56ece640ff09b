"""Where `next` may lead: a path on this site, however a browser reads it, or nothing."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.web.local_paths import local_path

SITE = "https://accounts.example.org/login"
PIECES = st.sampled_from(
    ["/", "//", "\\", "/\\", "@", ":", "?", "#", "%2f", "%5c", "..", ".", "\t", "\n", "\r", " ", "\x00", "https:",
     "javascript:", "data:", "evil.example", "a", ";", "&", "=", "é", "\u2028", "\u3002", "\uff0f", "[", "]",
     "login", "%0d%0a"]
)  # fmt: skip


def browser_target(path: str) -> str:
    """The host that a WHATWG parser would go to: tabs and line breaks vanish, backslashes are slashes."""
    text = "".join(each for each in path if each not in "\t\n\r").strip("".join(map(chr, range(33))))
    text = text.replace("\\", "/")
    return urlsplit(urljoin(SITE, text)).netloc


@given(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=60))
@example("/\t/evil.example")
@example("/\\evil.example")
@example("///evil.example")
def test_result_never_leaves_the_site(value: str) -> None:
    result = local_path(value)
    assert result.startswith("/")
    assert urlsplit(urljoin(SITE, result)).netloc == "accounts.example.org"
    assert browser_target(result) == "accounts.example.org"
    assert result.isascii()
    assert result.isprintable()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/account",
        "/admin/accounts?q=a%20b&state=any",
        "/admin/accounts/abc#x"[:19],
        "/a/b?c=/d",
        "/account?next=//x",
    ],
)
def test_own_path_is_kept_as_it_is(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "value",
    [
        None, "", "account", "//evil.example", "/\\evil.example", "\\/evil", "https://evil.example/", "HTTPS:evil",
        "javascript:alert(1)", "/\n/evil", "/\t/evil", " /account", "/a b", "/é", "/a\\b", "/a#b", "/a\x00",
        "/account\n", "/login", "/login?next=/login", "/logout", "/" + "a" * 2_000, "data:text/html,x", "/a<b>", '/a"b',
    ],
)  # fmt: skip
def test_anything_else_leads_home(value: str | None) -> None:
    assert local_path(value) == "/account"
    assert local_path(value, default="") == ""
