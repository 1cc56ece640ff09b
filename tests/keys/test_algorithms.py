"""Each algorithm end to end: set, rotated to, published, signed with, verified, and bound to its kid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
import pytest

from tests.keys.key_nodes import act, kid_that_is
from tests.make import bearer, make_account, sign_in_by_api
from webapp.core.parts import part
from webapp.keys.algorithms import ForeignKey, make_private_key, read_private_key, write_private_key
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

MEMBERS = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
    "PS256": {"kty": "RSA", "e": "AQAB"},
    "RS256": {"kty": "RSA", "e": "AQAB"},
}
SECRET_NAMES = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


@pytest.mark.parametrize("algorithm", MEMBERS)
def test_key_made_under_a_new_setting_signs_and_the_former_goes_on_verifying(
    make_app: Callable[..., Flask], algorithm: str
) -> None:
    former = make_app()
    bob = make_account(former)
    old = sign_in_by_api(former.test_client(), bob)
    app = make_app(JWT_ALGORITHM=algorithm)
    act(app, lambda: rotate(at_once=True))
    client = app.test_client()
    token = sign_in_by_api(client, bob)["Authorization"].split()[1]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["kid"]) == (algorithm, kid_that_is(app, "current"))

    published = client.get("/.well-known/jwks.json").get_json()
    key = jwt.PyJWKSet.from_dict(published)[header["kid"]]
    assert jwt.decode(token, key, algorithms=[algorithm], audience="https://localhost")["sub"] == bob.id
    (jwk,) = [each for each in published["keys"] if each["kid"] == header["kid"]]
    assert jwk.items() >= {**MEMBERS[algorithm], "alg": algorithm, "use": "sig"}.items()
    assert not SECRET_NAMES & set(jwk)
    # As strong as the curves: 3072 bits in base64url.
    assert len(jwk.get("n", "x" * 512)) == 512

    # Its kid fixes the algorithm: the same key under another one is refused (RFC 8725, section 3.1).
    claims = jwt.decode(token, options={"verify_signature": False})
    with app.app_context():
        private = part(KeyRing).signing_key().private
    for other in {"RS256", "PS256", "RS384"} - {algorithm} if jwk["kty"] == "RSA" else ():
        forged = jwt.encode(claims, private, other, headers={"kid": header["kid"], "typ": "at+jwt"})
        assert client.get("/api/v1/protected", headers=bearer(forged)).status_code == 401

    # The former node has not been told of the key: it asks when it meets the token.
    for node in (app, former):
        for headers in (old, bearer(token)):
            assert node.test_client().get("/api/v1/protected", headers=headers).status_code == 200


@pytest.mark.parametrize("algorithm", ["RS256", "none", "ES256 "])
def test_stored_key_of_another_kind_is_refused(algorithm: str) -> None:
    with pytest.raises(ForeignKey):
        read_private_key(write_private_key(make_private_key("EdDSA")), algorithm)
    with pytest.raises(ForeignKey):
        read_private_key(b"nothing", "ES256")
