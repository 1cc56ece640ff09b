"""What an endpoint may be: its address is written in one way, and leads nowhere that must not be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import entered
from webapp.core.errors import InvalidInput
from webapp.webhooks.words import origin_of, read_url, require_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

EVENTS = ["backup.made"]


@pytest.fixture
def environment() -> dict[str, str]:
    return {}


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (" HTTPS://Example.com:443 ", "https://example.com/"),
        ("https://example.com/a/", "https://example.com/a/"),
        ("https://example.com/a", "https://example.com/a"),
        ("https://example.com/a/?k=%20&k", "https://example.com/a/?k=%20&k"),
        ("https://example.com?k", "https://example.com/?k"),
        ("https://[2606:4700::1]:8443/x", "https://[2606:4700::1]:8443/x"),
    ],
)
def test_address_is_written_in_one_way(app: Flask, typed: str, written: str) -> None:
    with entered(app):
        words = require_words("Billing", typed, EVENTS)
        assert words.url == written
        assert require_words("Billing", written, EVENTS) == words
        target, path_and_query = read_url(written)
        assert written.endswith(path_and_query.decode())
        assert origin_of(written) == f"{target.scheme}://{target.host_header}"


@pytest.mark.parametrize(
    "typed",
    [
        "", "example.com", "ftp://example.com", "http://example.com/", "https://u:p@example.com/", "https://a b.c/",
        "https://example.com/#x", "https://example.com/?a b", "https://example.com/\r\nX: y", "https://127.0.0.1/",
        "https://[::1]/", "https://169.254.169.254/", "https://0x7f000001/", "https://example.com/../x", "https:///x",
        "https://exämple.com/", "https://example.com:0/", "https://example.com/" + "a" * 500, None, 7,
    ],
)  # fmt: skip
def test_address_that_is_none_or_leads_inside_is_refused_by_its_field(app: Flask, typed: object) -> None:
    with entered(app), pytest.raises(InvalidInput) as refused:
        require_words("Billing", typed, EVENTS)
    assert set(refused.value.fields or {}) == {"url"}


def test_every_fault_is_named_at_once(app: Flask) -> None:
    with entered(app), pytest.raises(InvalidInput) as refused:
        require_words("\u202e", "http://x", ["login.succeeded"])
    assert refused.value.fields is not None
    assert set(refused.value.fields) == {"name", "url", "events"}
    assert refused.value.fields["events"] == "There is no event login.succeeded."


def test_networks_that_are_named_may_be_reached_without_encryption(make_app: Callable[..., Flask]) -> None:
    app = make_app(WEBHOOKS_ALLOW_NETWORKS="10.1.0.0/16")
    with entered(app):
        assert require_words("Billing", "http://10.1.2.3/x", EVENTS).url == "http://10.1.2.3/x"
        with pytest.raises(InvalidInput):
            require_words("Billing", "http://10.2.2.3/x", EVENTS)
