"""Refresh tokens with right signatures and wrong content, and cookies that are no token at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tokens.forged_tokens import decode, encode, parts_of, sign_hs256
from tests.tokens.shown_tokens import Holder, code_of, cookies_of
from webapp.core.parts import part
from webapp.tokens.refresh_tokens import RefreshSecrets

MISSING = (401, "refresh_token_missing")


@pytest.fixture
def secret(app: Flask) -> bytes:
    with app.app_context():
        return next(iter(part(RefreshSecrets).by_kid.values()))


def test_token_signed_by_the_test_is_taken_while_its_content_is_right(holder: Holder, secret: bytes) -> None:
    assert holder.show(sign_hs256(secret, *parts_of(holder.refresh_tokens[0]))).status_code == 200


def test_header_has_its_three_members_and_nothing_besides(holder: Holder, secret: bytes) -> None:
    header, claims = parts_of(holder.refresh_tokens[0])
    changes: list[dict[str, Any]] = [
        {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": None}, {"typ": 1}, {"kid": "unknown"}, {"kid": 1}, {"kid": None},
        {"kid": []}, {"kid": {}}, {"alg": "HS384"}, {"alg": "none"}, {"alg": "hs256"}, {"alg": None}, {"crit": ["exp"]},
        {"jwk": {"kty": "oct", "k": "AA"}}, {"jku": "https://evil.example"}, {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"}, {"cty": "JWT"},
    ]  # fmt: skip
    for change in changes:
        answer = holder.show(sign_hs256(secret, {**header, **change}, claims))
        assert code_of(answer) == MISSING, change
        assert not cookies_of(answer), change


def test_every_claim_is_required(holder: Holder, secret: bytes) -> None:
    header, claims = parts_of(holder.refresh_tokens[0])
    for name in claims:
        rest = {key: value for key, value in claims.items() if key != name}
        answer = holder.show(sign_hs256(secret, header, rest))
        assert answer.status_code == 401, name
        assert answer.get_json()["error"] == "refresh_token_missing", name


@pytest.mark.parametrize(
    "wrong", [None, True, 1.5, "1", [], {}, -1, 0, -(2**70), 2**70, 10**400], ids=lambda w: str(w)[:9]
)
def test_claim_of_another_type_is_refused_and_breaks_nothing(
    holder: Holder, secret: bytes, wrong: object
) -> None:
    header, claims = parts_of(holder.refresh_tokens[0])
    for name, right in claims.items():
        if type(wrong) is type(right) and not isinstance(wrong, int):
            continue  # of the right type: its content is the next test's
        answer = holder.show(sign_hs256(secret, header, {**claims, name: wrong}))
        assert code_of(answer) == MISSING, (name, answer.get_json())
        assert not cookies_of(answer), name
    assert holder.show().status_code == 200


def test_token_of_another_issuer_kind_or_csrf_value_is_refused(holder: Holder, secret: bytes) -> None:
    header, claims = parts_of(holder.refresh_tokens[0])
    for change in ({"type": "access"}, {"iss": "https://evil.example"}, {"type": ""}, {"iss": ""}):
        assert code_of(holder.show(sign_hs256(secret, header, {**claims, **change}))) == MISSING, change
    other = sign_hs256(secret, header, {**claims, "csrf": "chosen"})
    assert code_of(holder.show(other)) == (403, "csrf_failed")
    assert holder.show().status_code == 200


@pytest.mark.parametrize(
    "cookie",
    [
        "x", "..", "a.b.c", "\xff", "%00", "null", '"quoted"', "=", "x" * 4_097, "a." * 2_000, "é.é.é",
        encode(b'{"alg":"HS256","typ":"refresh+jwt","kid":' + b"[" * 2_500 + b"}") + ".e30.AA",
        encode(b'{"alg":"HS256"}') + "." + encode(b"[" * 3_000) + ".AA",
        encode(b'{"alg":"HS256"}') + "." + encode(b"9" * 2_900) + ".AA",
        encode(b'{"alg":"HS256"}') + "." + encode(b'{"exp":' + b"9" * 2_800 + b"}") + ".AA",
        encode(b'{"alg":"HS256"}') + "." + encode(b"null") + ".AA",
        encode(b'{"alg":"HS256"}') + "." + encode(b'{"exp":1e999}') + ".AA",
        encode(b"\xff\xfe") + ".e30.AA", encode(b"[]") + ".e30.AA", encode(b"null") + ".e30.AA",
    ],
    ids=lambda text: text[:12].encode("ascii", "replace").decode(),
)  # fmt: skip
def test_cookie_that_is_no_token_is_nobodys(holder: Holder, cookie: str) -> None:
    for path in ("/api/v1/refresh", "/api/v2/refresh"):
        answer = holder.show(cookie, path=path)
        assert answer.status_code == 401, answer.get_json()
        assert not cookies_of(answer)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_flipped_bit_is_taken(holder: Holder, data: st.DataObject) -> None:
    parts = holder.refresh_tokens[0].split(".")
    place = data.draw(st.integers(0, 2))
    raw = bytearray(decode(parts[place]))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    parts[place] = encode(bytes(raw))
    answer = holder.show(".".join(parts))
    assert answer.status_code in {401, 403, 429}, json.dumps(answer.get_json())
