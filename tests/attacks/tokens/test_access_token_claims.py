"""Tokens truly signed with our key whose content is wrong: only the verifier's own checks stand in their way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.tokens.forged_tokens import parts_of, sign
from tests.tokens.refresh_world import START
from tests.tokens.shown_tokens import Holder
from webapp.keys.ring import RingKey

NOW = int(START.timestamp())
STRINGS = ("iss", "aud", "sub", "sid", "jti", "client_id", "scope")
NUMBERS = ("iat", "nbf", "exp", "auth_time", "rtc")
Verify = Callable[[bytes | dict[str, Any]], bool]


@pytest.fixture
def claims(holder: Holder) -> dict[str, Any]:
    return parts_of(holder.access_token)[1]


@pytest.fixture
def is_signed_taken(is_taken: Callable[[str], bool], holder: Holder, key: RingKey) -> Verify:
    """Whether a token with our own header and signature, and this payload, is verified."""
    header, _ = parts_of(holder.access_token)
    return lambda payload: is_taken(sign(key, header, payload))


def test_token_signed_by_the_test_is_taken_while_its_claims_are_right(
    is_signed_taken: Verify, claims: dict[str, Any]
) -> None:
    assert is_signed_taken(claims)
    assert is_signed_taken({**claims, "unknown": "claim"})


def test_every_claim_is_required(is_signed_taken: Verify, claims: dict[str, Any]) -> None:
    taken = [name for name in claims if is_signed_taken({key: claims[key] for key in claims if key != name})]
    assert taken == []


@pytest.mark.parametrize("wrong", [None, True, 7, 1.5, [], ["text"], {}, {"a": "b"}], ids=repr)
def test_claim_that_is_text_is_taken_as_text_only(
    is_signed_taken: Verify, claims: dict[str, Any], wrong: object
) -> None:
    assert [name for name in STRINGS if is_signed_taken({**claims, name: wrong})] == []


@pytest.mark.parametrize(
    "wrong",
    [None, True, False, "1", "", -1, -(2**63), 2**53, 2**63, 10**300, 1.0, 0.5, [], [1], {}],
    ids=repr,
)
def test_claim_that_is_a_number_is_taken_as_a_whole_number_only(
    is_signed_taken: Verify, claims: dict[str, Any], wrong: object
) -> None:
    # A number in the past or future would be refused for its moment, so the same value is tried as text and float.
    assert [name for name in NUMBERS if is_signed_taken({**claims, name: wrong})] == []
    assert [name for name in NUMBERS if is_signed_taken({**claims, name: str(claims[name])})] == []
    assert [name for name in NUMBERS if is_signed_taken({**claims, name: float(claims[name])})] == []


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e400", "1e9", "9" * 5000, "0x10"])
def test_number_that_json_does_not_know_is_refused(
    is_signed_taken: Verify, claims: dict[str, Any], written: str
) -> None:
    for name in NUMBERS:
        payload = json.dumps({**claims, name: "HERE"}).replace('"HERE"', written)
        assert not is_signed_taken(payload.encode()), name


@pytest.mark.parametrize("amr", [None, "pwd", 1, {}, [1], ["pwd", None], [["pwd"]]], ids=repr)
def test_methods_are_a_list_of_texts(is_signed_taken: Verify, claims: dict[str, Any], amr: object) -> None:
    assert not is_signed_taken({**claims, "amr": amr})


def test_token_of_another_issuer_audience_client_or_kind_is_refused(
    is_signed_taken: Verify, claims: dict[str, Any]
) -> None:
    changes: list[dict[str, object]] = [
        {"iss": "https://localhost/"},
        {"iss": "https://LOCALHOST"},
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"aud": "another-service"},
        {"aud": ""},
        {"aud": [claims["aud"]]},
        {"aud": [claims["aud"], "another-service"]},
        {"client_id": "another-client"},
        {"type": "refresh"},
        {"type": "access"},
    ]
    assert [change for change in changes if is_signed_taken({**claims, **change})] == []


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({"exp": NOW - 9}, True),
        ({"exp": NOW - 10}, False),
        ({"exp": 0}, False),
        ({"nbf": NOW + 10}, True),
        ({"nbf": NOW + 11}, False),
        ({"iat": NOW + 10}, True),
        ({"iat": NOW + 11}, False),
        ({"iat": 2**52}, False),
    ],
)
def test_moments_are_held_to_within_ten_seconds(
    is_signed_taken: Verify, claims: dict[str, Any], change: dict[str, int], taken: bool
) -> None:
    assert is_signed_taken({**claims, **change}) is taken


def test_claim_that_is_named_twice_is_refused(is_signed_taken: Verify, claims: dict[str, Any]) -> None:
    for name, value in claims.items():
        twice = json.dumps(claims)[:-1] + f', "{name}": {json.dumps(value)}' + "}"
        assert not is_signed_taken(twice.encode()), name


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"[" * 3000 + b"]" * 3000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"\xff\xfe{}",
        b'{"sub": "\xff"}',
        b'\xef\xbb\xbf{"sub": "x"}',
        b"\x00" * 10,
    ],
    ids=lambda payload: repr(payload[:8]),
)
def test_payload_that_is_no_object_is_refused(is_signed_taken: Verify, payload: bytes) -> None:
    assert not is_signed_taken(payload)


def test_payload_in_another_encoding_is_refused(is_signed_taken: Verify, claims: dict[str, Any]) -> None:
    text = json.dumps(claims)
    assert [
        name for name in ("utf-16", "utf-32", "utf-16-le", "utf-8-sig") if is_signed_taken(text.encode(name))
    ] == []
