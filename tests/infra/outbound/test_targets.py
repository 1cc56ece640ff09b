"""The address of a service is read in one way only, or not at all."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.errors import InvalidInput
from webapp.infra.outbound.targets import Target, parse_base_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.example.com", "https://api.example.com"),
        (" HTTPS://API.Example.COM:443/ ", "https://api.example.com"),
        ("hTTp://mailer:80/v1/", "http://mailer/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://[2001:DB8:0::1]:8443/a/b", "https://[2001:db8::1]:8443/a/b"),
        ("https://xn--bcher-kva.example/V1/~me/a%20b", "https://xn--bcher-kva.example/V1/~me/a%20b"),
        ("https://a.example/..hidden/v1;p=1", "https://a.example/..hidden/v1;p=1"),
    ],
)
def test_address_is_brought_to_its_one_form(text: str, url: str) -> None:
    assert parse_base_url(text).url == url


def test_parts_of_an_address_are_apart() -> None:
    target = parse_base_url("https://[::1]:8443/v1/")
    assert target == Target("https", "::1", 8443, "/v1")
    assert target.host_header == "[::1]:8443"


@pytest.mark.parametrize(
    "text",
    [
        "", "api.example.com", "//api.example.com", "ftp://a.example", "file:///etc/passwd", "https:a.example",
        "https:/a.example", "https://", "https:///v1", "https://:443", "gopher://a", "javascript:alert(1)",
        # Whom it belongs to, and where it ends.
        "https://good.example@evil.example", "https://user:pass@a.example", "https://@a.example",
        "https://a.example\\@b.example", "https:\\\\a.example", "https://a.example?x=1", "https://a.example/#x",
        "https://a.example/v1?", "https://a.example#@b.example", "https://a.example;b.example", "https://a%2eexample",
        "https://a.example /", "https://a.\texample", "https://a.example\r\nHost: b", "https://a.exa\x00mple", "https://a.example\x7f",
        # Names.
        "https://bücher.example", "https://\uff41.example", "https://a。example", "https://a.example.", "https://.",
        "https://.a.example", "https://a..example", "https://-a.example", "https://a-.example", "https://a_b.example",
        f"https://{'a' * 64}.example", f"https://{'.'.join(['a' * 60] * 5)}.example", "https://*.example",
        # Numbers that resolvers read in ways of their own.
        "http://127.1", "http://2130706433", "http://0x7f000001", "http://0x7f.0.0.1", "http://017700000001",
        "http://0177.0.0.1", "http://127.0.0.01", "http://127.0.0.1.", "http://256.0.0.1", "http://1.2.3.4.5", "http://0x",
        "http://a.example.1", "http://127.0.0.0x1", "http://١٢٧.0.0.1",
        # In brackets.
        "http://::1", "http://[::1", "http://::1]", "http://[]", "http://[fe80::1%25eth0]", "http://[fe80::1%eth0]",
        "http://[::1]a", "http://[v1.x]", "http://[127.0.0.1]", "http://[::1]:", "http://[[::1]]", "http://a[::1]",
        # Ports.
        "https://a.example:", "https://a.example:0", "https://a.example:65536", "https://a.example:080",
        "https://a.example:+80", "https://a.example:80:80", "https://a.example:http", "https://a.example:\uff11",
        # Paths.
        "https://a.example//", "https://a.example/a//b", "https://a.example/.", "https://a.example/../b",
        "https://a.example/a/..", "https://a.example/%2e%2e/b", "https://a.example/.%2E/b", "https://a.example/..;/b",
        "https://a.example/.;x=1", "https://a.example/..%3b/b", "https://a.example/;/b", "https://a.example/a%2fb",
        "https://a.example/a%5cb", "https://a.example/a%00", "https://a.example/a%0d%0a", "https://a.example/%252e%252e/",
        "https://a.example/%", "https://a.example/%zz", "https://a.example/%2", "https://a.example/a|b", 'https://a.example/"',
        "https://a.example/<x>", "https://a.example/[x]",
        "https://a.example/" + "a" * 500,
    ],
)  # fmt: skip
def test_address_that_can_be_misread_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_base_url(text)
    assert refusal.value.fields is not None
    assert refusal.value.fields["base_url"].endswith(".")


PIECES = st.sampled_from(
    ["http", "https", "://", ":", "/", "\\", "@", "?", "#", ".", "..", ";", "%", "%2e", "%2f", "[", "]", "::1", "0x7f",
     "127.0.0.1", "a.example", "b", "1", "443", "0", "-", "_", " ", "\n", "é", "xn--a"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=10).map("".join))
def test_address_that_is_taken_is_read_alike_by_others(rest: str) -> None:
    try:
        target = parse_base_url("https://" + rest)
    except InvalidInput:
        return
    read = urlsplit(target.url)
    assert parse_base_url(target.url) == target
    assert (read.scheme, read.hostname, read.port or 443, read.path) == (
        target.scheme,
        target.host,
        target.port,
        target.path,
    )
    assert (read.username, read.query, read.fragment) == (None, "", "")
