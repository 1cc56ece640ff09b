"""Proofs that are malformed, forged, or made for something else: each is refused in one way, and nothing fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.tokens.dpop_key import LEFT_OUT, DpopKey
from tests.tokens.forged_tokens import encode, parts_of, sign_hs256, unsigned
from webapp.core import clock as the_clock
from webapp.tokens.dpop import verify_proof
from webapp.tokens.errors import InvalidDpopProof

URL, TOKEN = "https://localhost/api/v2/profile", "header.claims.signature"
KEY, OTHER = DpopKey(), DpopKey()
P384 = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
RSA = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)
PRIVATE = ECAlgorithm.to_jwk(KEY.private, as_dict=True)
X, Y = KEY.jwk["x"], KEY.jwk["y"]
NO_TEXT: list[Any] = [None, 1, "", [], {}]


def is_taken(text: str) -> bool:
    try:
        verify_proof(text, method="PATCH", url=URL, access_token=TOKEN, now=the_clock.now())
    except InvalidDpopProof:
        return False
    return True


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    """One dictionary for each value of one name."""
    return [{name: value} for value in values]


def proof(header: dict[str, Any] | None = None, **changes: Any) -> str:
    return KEY.proof("PATCH", URL, TOKEN, header=header, **changes)


def test_proof_of_these_tests_is_a_good_one() -> None:
    assert is_taken(proof())


HEADERS: list[dict[str, Any]] = [
    *each("typ", LEFT_OUT, None, "", "JWT", "at+jwt", "application/dpop+jwt", "DPOP+JWT", []),
    *each("alg", LEFT_OUT, None, "none", "HS256", "RS256", "ES384", "EdDSA", "es256", {}),
    *({name: "x"} for name in ("kid", "jku", "x5u", "x5c", "zip", "cty", "nonce")),
    {"crit": []}, {"b64": False},
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_header_other_than_that_of_a_proof_is_refused(header: dict[str, Any]) -> None:
    assert not is_taken(proof(header))


KEYS: list[Any] = [
    LEFT_OUT, None, "", "x", [], {}, [KEY.jwk], RSA, P384, PRIVATE, OTHER.jwk,
    {"kty": "oct", "k": encode(b"k" * 32)}, {"kty": "OKP", "crv": "Ed25519", "x": X},
    *({**KEY.jwk, name: "x"} for name in ("d", "kid", "use", "alg", "x5c", "key_ops")),
    *({**KEY.jwk, name: value} for name in ("kty", "crv", "x", "y") for value in NO_TEXT),
    {**KEY.jwk, "x": Y, "y": X}, {**KEY.jwk, "x": f"{X}="}, {**KEY.jwk, "x": f"AA{X}"}, {**KEY.jwk, "x": X[:-2]},
    {**KEY.jwk, "x": encode(bytes(32)), "y": encode(bytes(32))}, {**KEY.jwk, "x": encode(b"\xff" * 32)},
    {name: KEY.jwk[name] for name in ("kty", "crv", "x")},
]  # fmt: skip


@pytest.mark.parametrize("jwk", KEYS, ids=range(len(KEYS)))
def test_key_other_than_a_public_one_of_p256_is_refused(jwk: Any) -> None:
    assert not is_taken(proof({"jwk": jwk}))


def test_key_has_one_spelling_or_it_would_have_two_thumbprints() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = X[:-1] + alphabet[alphabet.index(X[-1]) | 1]
    assert not is_taken(proof({"jwk": {**KEY.jwk, "x": twin}}))


CLAIMS: list[dict[str, Any]] = [
    *each("jti", LEFT_OUT, *NO_TEXT, "x" * 201),
    *each("htm", LEFT_OUT, None, 1, "", "GET", "patch", "PATCH ", ["PATCH"]),
    *each("iat", LEFT_OUT, None, 0, 1.5, "1", True, -1, 10**18, [], 10**300),
    *each("ath", LEFT_OUT, None, 1, "", encode(b"x" * 32), TOKEN),
    *each("nonce", *NO_TEXT[1:], "x" * 201),
    *each("htu",
        LEFT_OUT, None, 1, "", "/api/v2/profile", "//localhost/api/v2/profile", f"{URL}/", f"{URL}/../profile",
        "http://localhost/api/v2/profile", "https://localhost:444/api/v2/profile", f"{URL} ", f"\t{URL}",
        "https://localhost:0/api/v2/profile", "https://localhost:x/api/v2/profile", "https:///api/v2/profile",
        "https://evil.example/api/v2/profile", "https://localhost.evil.example/api/v2/profile",
        "https://localhost@evil.example/api/v2/profile", "https://evil.example@localhost/api/v2/profile",
        "https://localhost\\.evil.example/api/v2/profile", "https://localhost/api/v1/profile", "javascript:1",
        "https://localhost/api/v2/profile%00", "https://[::1/api/v2/profile", "https://\u217focalhost/api/v2/profile",
    ),
]  # fmt: skip


@pytest.mark.parametrize("claims", CLAIMS, ids=lambda claims: str(claims)[:60])
def test_claim_that_is_missing_wrong_or_of_another_call_is_refused(claims: dict[str, Any]) -> None:
    assert not is_taken(proof(None, **claims))


def test_signature_of_another_key_kind_or_length_is_refused() -> None:
    header, claims = parts_of(proof())
    signed, _, signature = proof().rpartition(".")
    der = KEY.private.sign(signed.encode(), ec.ECDSA(SHA256()))
    public = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = {
        "of another key": OTHER.sign(header, claims),
        "HMAC with the public key": sign_hs256(public, {**header, "alg": "HS256"}, claims),
        "HMAC under the right name": sign_hs256(json.dumps(KEY.jwk).encode(), header, claims),
        "none": unsigned(header, claims),
        "empty": f"{signed}.",
        "DER": f"{signed}.{encode(der)}",
        "zeros": f"{signed}.{encode(bytes(64))}",
        "too short": f"{signed}.{signature[:-2]}",
        "too long": f"{signed}.{signature}AA",
        "of other claims": f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}.{signature}",
    }
    assert [name for name, text in forged.items() if is_taken(text)] == []


def test_text_that_is_read_in_two_ways_or_none_is_refused() -> None:
    header, claims = parts_of(proof())
    plain = json.dumps(claims)[1:-1].encode()
    head = json.dumps(header)[1:-1].encode()
    texts = [
        "", "x", "..", "a.b.c", f"{proof()}.x", f"{proof()}=", f" {proof()}", f"{proof()}\n", f"{proof()},{proof()}",
        proof(None, padding="x" * 4_100), "a." * 3_000, "\xe9.\xe9.\xe9",
        KEY.sign(header, b"{%s,%s}" % (plain, plain)),
        KEY.sign(header, b'{%s,"htm":"PATCH"}' % plain),
        KEY.sign(header, b'{%s,"\\u0068tm":"PATCH"}' % plain),
        KEY.sign(b'{%s,"alg":"ES256"}' % head, claims),
        KEY.sign(b'{%s,"jwk":%s}' % (head, json.dumps(OTHER.jwk).encode()), claims),
        KEY.sign(header, b"[" * 900), KEY.sign(header, b"[]"), KEY.sign(header, b"null"), KEY.sign(header, b"{"),
        KEY.sign(header, b"\xff\xfe{}"), KEY.sign(header, b"\xef\xbb\xbf{%s}" % plain),
        KEY.sign(header, b'{%s,"nonce":null}' % plain), KEY.sign(b'{"jwk":' * 150, claims),
        KEY.sign(header, plain), KEY.sign(header, b""), KEY.sign(b"{}", claims),
    ]  # fmt: skip
    assert [text[:60] for text in texts if is_taken(text)] == []
