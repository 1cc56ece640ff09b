"""Tokens nobody signed, or signed otherwise: algorithms, keys, headers, form, and flipped bits."""

from __future__ import annotations

import json
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from tests.tokens.forged_tokens import decode, encode, parts_of, sign, sign_hs256, unsigned
from tests.tokens.shown_tokens import Holder, code_of
from webapp.keys.ring import RingKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Verify = Callable[[str], bool]


def test_token_under_another_algorithm_is_refused(is_taken: Verify, holder: Holder, key: RingKey) -> None:
    header, claims = parts_of(holder.access_token)
    public = key.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(key.public_jwk, sort_keys=True).encode()
    hs256 = {**header, "alg": "HS256"}
    assert not any(is_taken(sign_hs256(secret, hs256, claims)) for secret in (pem, der, jwk, b""))
    signature = holder.access_token.rpartition(".")[2]
    for alg in ("none", "None", "NONE", "nOnE", "", "es256", "ES384", "HS512", "PS256", "EdDSA", "ES256K"):
        body = ".".join(encode(json.dumps(each).encode()) for each in ({**header, "alg": alg}, claims))
        assert not is_taken(f"{body}.{signature}"), alg
        assert not is_taken(sign(key, {**header, "alg": alg}, claims)), alg
    assert not is_taken(unsigned({"kid": key.kid, "typ": "at+jwt"}, claims))


def test_token_signed_by_a_stranger_under_our_kid_is_refused(
    is_taken: Verify, holder: Holder, key: RingKey
) -> None:
    header, claims = parts_of(holder.access_token)
    stranger = ec.generate_private_key(ec.SECP256R1())
    theirs = RingKey(key.kid, "ES256", key.public, key.public_jwk, stranger)
    assert not is_taken(sign(theirs, header, claims))
    rsa_key = rsa.generate_private_key(65537, 2048)
    body = ".".join(encode(json.dumps(each).encode()) for each in ({**header, "alg": "RS256"}, claims))
    signed = RSAAlgorithm(RSAAlgorithm.SHA256).sign(body.encode(), rsa_key)
    assert not is_taken(f"{body}.{encode(signed)}")


def test_signature_in_der_or_of_nought_is_refused(is_taken: Verify, holder: Holder) -> None:
    body, _, signature = holder.access_token.rpartition(".")
    raw = decode(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    der = encode_dss_signature(r, s)
    order = P256_ORDER.to_bytes(32)
    forged = [der, bytes(64), bytes(63), bytes(65), raw + b"\x00", b"\x00" + raw, raw[:-1], raw[:32], b"\x00"]
    forged += [bytes(32) + raw[32:], raw[:32] + bytes(32), order + raw[32:], raw[:32] + order, order + order]
    forged += [(1).to_bytes(32) * 2, b"\xff" * 64, raw[32:] + raw[:32]]
    assert decode_dss_signature(der) == (r, s)
    assert [each for each in forged if is_taken(f"{body}.{encode(each)}")] == []


def test_accepted_twin_of_a_token_is_the_same_token_to_everything_that_counts(
    app: Flask, is_taken: Verify, holder: Holder
) -> None:
    """(r, n - s) verifies as well as (r, s), by the mathematics of ECDSA: nothing may be keyed on a token's text."""
    body, _, signature = holder.access_token.rpartition(".")
    raw = decode(signature)
    twin = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    assert is_taken(f"{body}.{encode(twin)}")
    assert (
        holder.client.post(
            "/api/v1/logout", headers={"Authorization": f"Bearer {body}.{encode(twin)}"}
        ).status_code
        == 204
    )
    assert code_of(holder.call()) == (401, "session_ended")


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_flipped_bit_is_ever_verified(is_taken: Verify, holder: Holder, data: st.DataObject) -> None:
    parts = holder.access_token.split(".")
    place = data.draw(st.integers(0, 2))
    raw = bytearray(decode(parts[place]))
    for bit in data.draw(st.sets(st.integers(0, len(raw) * 8 - 1), min_size=1, max_size=4)):
        raw[bit // 8] ^= 1 << bit % 8
    parts[place] = encode(bytes(raw))
    assert not is_taken(".".join(parts))


@given(
    text=st.text(max_size=300)
    | st.from_regex(r"[A-Za-z0-9_-]{0,60}(\.[A-Za-z0-9_-]{0,60}){2}", fullmatch=True)
)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_made_up_text_is_verified_or_breaks_the_verifier(is_taken: Verify, text: str) -> None:
    assert not is_taken(text)
