"""Headers and forms that no access token has: each is refused before or after its signature, which is right here."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.tokens.forged_tokens import encode, parts_of, sign
from tests.tokens.shown_tokens import Holder
from webapp.keys.ring import RingKey

Verify = Callable[[str], bool]


@pytest.mark.parametrize(
    "kid", ["", "unknown", "../../dev/null", "' OR 1=1 --", "\x00", "é", "k" * 65, None, 7, []]
)
def test_token_of_an_unknown_kid_is_refused(
    is_taken: Verify, holder: Holder, key: RingKey, kid: object
) -> None:
    header, claims = parts_of(holder.access_token)
    assert not is_taken(sign(key, {**header, "kid": kid}, claims))


def test_header_has_its_three_members_and_nothing_besides(
    is_taken: Verify, holder: Holder, key: RingKey
) -> None:
    header, claims = parts_of(holder.access_token)
    more: list[dict[str, Any]] = [
        {"jwk": key.public_jwk},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["AA"]},
        {"x5t": "AA"},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A256GCM"},
        {"unknown": 1},
    ]
    assert [each for each in more if is_taken(sign(key, {**header, **each}, claims))] == []
    for name in header:
        assert not is_taken(sign(key, {each: header[each] for each in header if each != name}, claims))
        twice = json.dumps(header)[:-1] + f', "{name}": "{header[name]}"' + "}"
        assert not is_taken(sign(key, twice.encode(), claims)), name


@pytest.mark.parametrize(
    ("typ", "taken"),
    [
        ("at+jwt", True),
        ("AT+JWT", True),
        ("application/at+jwt", True),
        ("Application/At+Jwt", True),
        ("JWT", False),
        ("refresh+jwt", False),
        ("application/application/at+jwt", False),
        ("at+jwt ", False),
        ("at+jwt;v=1", False),
        ("dpop+jwt", False),
        ("", False),
        (None, False),
        (["at+jwt"], False),
    ],
)
def test_type_is_that_of_an_access_token_in_any_case(
    is_taken: Verify, holder: Holder, key: RingKey, typ: object, taken: bool
) -> None:
    header, claims = parts_of(holder.access_token)
    assert is_taken(sign(key, {**header, "typ": typ}, claims)) is taken


def test_header_that_is_no_object_in_utf_8_is_refused(is_taken: Verify, holder: Holder, key: RingKey) -> None:
    header, claims = parts_of(holder.access_token)
    written = json.dumps(header)
    headers = [b"", b"null", b"[]", b'"x"', b"1", b"\xff", b"[" * 3000, b'{"alg":' * 700, b"\x00"]
    headers += [written.encode(name) for name in ("utf-16", "utf-32", "utf-8-sig")]
    assert [each[:9] for each in headers if is_taken(sign(key, each, claims))] == []


def test_token_in_another_form_is_refused(is_taken: Verify, holder: Holder, key: RingKey) -> None:
    token = holder.access_token
    head, body, signature = token.split(".")
    header, claims = parts_of(token)
    others = [
        "", ".", "..", "...", "a.b.c", head, f"{head}.{body}", f"{head}.{body}.", f".{body}.{signature}",
        f"{head}..{signature}", f"{token}.", f".{token}", f"{token}.{signature}", f"{token}..{signature}",
        f"{token} ", f" {token}", f"{token}\n", f"{token}\r\n", f"{head}.{body}\n.{signature}", f"{token}\x00",
        f"{head}=.{body}.{signature}", f"{head}.{body}==.{signature}", f"{token}==", f"{token}%3D", f"{token}é",
        token.replace(".", "\uff0e"), token.replace(".", ","), f"{token},{token}", f"{token} {token}",
        json.dumps({"payload": body, "signatures": [{"protected": head, "signature": signature}]}),
        base64.b64encode(token.encode()).decode(), token.upper(), token[::-1],
        sign(key, header, {**claims, "filler": "x" * 8_200}), "a" * 200_000, "[" * 100_000,
        f"{head}.{encode(b'[' * 100_000)}.{signature}",
    ]  # fmt: skip
    assert [each[-40:] for each in others if is_taken(each)] == []
