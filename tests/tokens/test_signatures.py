"""The signature layer against the vectors of the standards: each algorithm with its own key, and under no other."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import PyJWK
from jwt.algorithms import RSAAlgorithm

from tests.tokens.forged_tokens import encode
from webapp.tokens.verifier import is_signed_by

# RFC 7515, appendix A.2 and A.3 (one payload), and RFC 8037, appendix A.4: published test keys.
_CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
_RSA_KEY = {
    "kty": "RSA",
    "e": "AQAB",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT"
    "-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo"
    "7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs9"
    "1kzk2PAcDTW9gb54h4FRWyuXpoQ",
}
_RSA_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUA"
    "r7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO-"
    "-xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
    "IoypGlUPQGe77Rw"
)
_EC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
_EC_SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
_ED_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
_ED_SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"


@dataclass(frozen=True)
class Key:
    """A published key, bound to one algorithm."""

    algorithm: str
    public: PyJWK
    kid: str = "of-the-standard"


def pss_vector() -> tuple[dict[str, str], str]:
    """No standard of JOSE shows PS256: the bytes of RFC 8017 as another library's function makes them."""
    private = rsa.generate_private_key(65_537, 2048)
    signed = f"eyJhbGciOiJQUzI1NiJ9.{_CLAIMS}"
    salted = padding.PSS(padding.MGF1(SHA256()), salt_length=32)
    jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return jwk, f"{signed}.{encode(private.sign(signed.encode(), salted, SHA256()))}"


_PSS_KEY, _PSS_TEXT = pss_vector()
VECTORS = {
    "RS256": (_RSA_KEY, f"eyJhbGciOiJSUzI1NiJ9.{_CLAIMS}.{_RSA_SIGNATURE}"),
    "ES256": (_EC_KEY, f"eyJhbGciOiJFUzI1NiJ9.{_CLAIMS}.{_EC_SIGNATURE}"),
    "EdDSA": (
        _ED_KEY,
        f"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.{_ED_SIGNATURE}",
    ),
    "PS256": (_PSS_KEY, _PSS_TEXT),
}
# What else a key of that kind could be taken for.
OTHERS = {"RS256": ["PS256", "RS384", "PS512"], "PS256": ["RS256", "PS384"], "ES256": [], "EdDSA": []}


@pytest.mark.parametrize("algorithm", VECTORS)
def test_vector_is_taken_with_its_own_key_and_under_no_other(algorithm: str) -> None:
    jwk, text = VECTORS[algorithm]
    assert is_signed_by(Key(algorithm, PyJWK(jwk, algorithm=algorithm)), text)
    wrong = [Key(other, PyJWK(jwk, algorithm=other)) for other in OTHERS[algorithm]]
    wrong += [Key(each, PyJWK(VECTORS[each][0], algorithm=each)) for each in VECTORS if each != algorithm]
    assert [key.algorithm for key in wrong if is_signed_by(key, text)] == []


@pytest.mark.parametrize("algorithm", VECTORS)
def test_vector_with_a_changed_letter_is_refused(algorithm: str) -> None:
    jwk, text = VECTORS[algorithm]
    key = Key(algorithm, PyJWK(jwk, algorithm=algorithm))
    for place in (3, text.index(".") + 4, text.rindex(".") + 5):
        letter = "A" if text[place] != "A" else "B"
        assert not is_signed_by(key, text[:place] + letter + text[place + 1 :]), place
    signed, _, signature = text.rpartition(".")
    assert not is_signed_by(key, f"{signed}.{signature[:-8]}")
    assert not is_signed_by(key, f"{signed}.AAAA")
