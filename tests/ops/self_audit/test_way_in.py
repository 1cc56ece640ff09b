"""By which way a request came: told step by step, and never otherwise than the application goes by."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ops.self_audit.grounds import DEVELOPMENT, evidence_of, finding_of, level_of, settings_of
from webapp.ops.self_audit.way_in import list_headers, read_way
from webapp.web.origin import ARRIVED, Arrived, TrustedProxies

TRUSTED = "10.0.0.0/8,2001:db8:1::/48"
SETTINGS = settings_of(TRUSTED_PROXIES=TRUSTED)
NAMES = "10.0.0.1 10.9.9.9 198.51.100.7 8.8.8.8:4711 [2001:db8:1::7] ::ffff:10.0.0.2 unknown"
SPEAKERS = st.sampled_from([*NAMES.split(), "", " ", "x" * 150])


def arrived(peer: str, *, scheme: str = "http", host: str = "accounts.example.org", **said: str) -> Arrived:
    return Arrived(peer, scheme, host, {f"HTTP_{name.upper()}": value for name, value in said.items()})


def believed(request: Arrived) -> dict[str, Any]:
    """The environment as the application gets it."""
    found: dict[str, Any] = {}
    environ = {
        "REMOTE_ADDR": request.peer,
        "wsgi.url_scheme": request.scheme,
        "HTTP_HOST": request.host,
        **request.said,
    }

    def application(got: dict[str, Any], _start: object) -> list[bytes]:
        found.update(got)
        return []

    TrustedProxies(application, SETTINGS.trusted_proxies)(environ, lambda *_: lambda _: None)
    return found


@given(
    peer=st.sampled_from(["10.0.0.1", "8.8.8.8", "2001:db8:1::1"]),
    chain=st.lists(SPEAKERS, max_size=40).map(",".join),
    proto=st.sampled_from(["https", "http, https", "gopher", ""]),
    host=st.sampled_from(["accounts.example.org", "evil.example, b.example", " ", ""]),
)
def test_way_tells_what_the_application_goes_by(peer: str, chain: str, proto: str, host: str) -> None:
    request = arrived(peer, x_forwarded_for=chain, x_forwarded_proto=proto, x_forwarded_host=host)
    environ, way = believed(request), read_way(SETTINGS, request)
    assert (way.address, way.scheme, way.host) == (
        environ["REMOTE_ADDR"],
        environ["wsgi.url_scheme"],
        environ["HTTP_HOST"],
    )
    assert environ[ARRIVED] == request
    assert [each.role for each in way.hops].count("caller") == 1


def test_each_speaker_is_told_apart() -> None:
    way = read_way(SETTINGS, arrived("10.0.0.1", x_forwarded_for="6.6.6.6, <b>, 8.8.8.8, 10.0.0.2"))
    assert [(each.text, each.role) for each in way.hops] == [
        ("10.0.0.1", "proxy"),
        ("10.0.0.2", "proxy"),
        ("8.8.8.8", "caller"),
        ("<b>", "unreadable"),
        ("6.6.6.6", "claimed"),
    ]
    assert (way.address_from, way.kind, way.hops[1].network) == ("X-Forwarded-For", "public", "10.0.0.0/8")


def test_headers_are_believed_not_believed_or_never_read() -> None:
    others = [("X-Real-Ip", "6.6.6.6\x1b[31m"), ("Cookie", "secret")]
    said = {"x_forwarded_for": "8.8.8.8", "forwarded": "for=6.6.6.6"}
    fates = [
        (each.name, each.fate)
        for each in list_headers(read_way(SETTINGS, arrived("10.0.0.1", **said)), others)
    ]
    assert fates == [
        ("Forwarded", "never read"),
        ("X-Forwarded-For", "believed"),
        ("X-Real-IP", "never read"),
    ]
    stranger = list_headers(read_way(SETTINGS, arrived("8.8.4.4", **said)), others)
    assert stranger[1].fate == "not believed"
    assert all(each.value.isprintable() for each in stranger)


@pytest.mark.parametrize(
    ("networks", "request_", "check", "level"),
    [
        (TRUSTED, arrived("10.0.0.1", x_forwarded_for="8.8.8.8"), "proxies.address", "pass"),
        (TRUSTED, arrived("10.0.0.1"), "proxies.address", "fail"),
        (TRUSTED, arrived("10.0.0.1", x_forwarded_for="10.0.0.7"), "proxies.address", "warn"),
        (TRUSTED, arrived("10.0.0.1", x_forwarded_for="unknown"), "proxies.address", "warn"),
        (TRUSTED, arrived("8.8.8.8"), "proxies.address", "warn"),
        (TRUSTED, arrived("172.16.0.1", x_forwarded_for="8.8.8.8"), "proxies.address", "fail"),
        ("", arrived("172.16.0.1", forwarded="for=8.8.8.8"), "proxies.address", "fail"),
        ("", arrived("8.8.8.8"), "proxies.address", "pass"),
        ("", arrived("172.16.0.1"), "proxies.address", "warn"),
        (TRUSTED, arrived("10.0.0.1", x_forwarded_proto="https"), "proxies.scheme", "pass"),
        (TRUSTED, arrived("10.0.0.1", x_forwarded_proto="http"), "proxies.scheme", "fail"),
        (TRUSTED, arrived("8.8.8.8", x_forwarded_proto="https"), "proxies.scheme", "fail"),
        (TRUSTED, arrived("10.0.0.1", host="Accounts.Example.org"), "proxies.host", "pass"),
        (TRUSTED, arrived("10.0.0.1", host="10.0.0.5:8000"), "proxies.host", "warn"),
        (TRUSTED, arrived("10.0.0.1", forwarded="for=8.8.8.8"), "proxies.forwarded", "warn"),
        (TRUSTED, arrived("10.0.0.1", x_forwarded_for="8.8.8.8"), "proxies.forwarded", None),
    ],
)  # fmt: skip
def test_request_shows_how_the_proxies_are_set(
    networks: str, request_: Arrived, check: str, level: str | None
) -> None:
    settings = settings_of(TRUSTED_PROXIES=networks)
    assert level_of(check, evidence_of(settings, read_way(settings, request_))) == level


def test_proxy_that_is_not_trusted_is_named_with_what_to_set() -> None:
    settings = settings_of(TRUSTED_PROXIES="")
    way = read_way(settings, arrived("2001:db8::9", x_forwarded_for="8.8.8.8"))
    found = finding_of("proxies.address", evidence_of(settings, way))
    assert found is not None
    assert "TRUSTED_PROXIES=2001:db8::9/128" in str(found.cure)


def test_development_is_not_failed_for_its_scheme_and_host() -> None:
    settings = settings_of(**DEVELOPMENT)
    way = read_way(settings, arrived("127.0.0.1", host="127.0.0.1:8000"))
    levels = {
        check: level_of(f"proxies.{check}", evidence_of(settings, way))
        for check in ("address", "scheme", "host")
    }
    assert set(levels.values()) == {"pass"}
