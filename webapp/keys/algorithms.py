"""Key pairs of the four algorithms: made, written, read, and shown as public JWKs (RFC 7517, RFC 8037)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_on_curve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make_of_primes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey

# As strong as the curves: 128 bits (NIST SP 800-57, table 2). 2048 would sign three times as fast at 112.
RSA_BITS = 3072
_MAKERS: dict[str, tuple[type[PrivateKey], Callable[[], PrivateKey]]] = {
    "ES256": (EllipticCurvePrivateKey, lambda: make_on_curve(SECP256R1())),
    "EdDSA": (Ed25519PrivateKey, Ed25519PrivateKey.generate),
    "PS256": (RSAPrivateKey, lambda: make_of_primes(65_537, RSA_BITS)),
    "RS256": (RSAPrivateKey, lambda: make_of_primes(65_537, RSA_BITS)),
}
# What PyJWT adds besides, such as key_ops, says no more than `use`.
_PUBLIC_NAMES = ("kty", "crv", "x", "y", "n", "e")


class ForeignKey(Exception):
    """A stored key is not of the kind that its algorithm takes."""


def make_private_key(algorithm: str) -> PrivateKey:
    """A fresh key for one of the four algorithms."""
    return _MAKERS[algorithm][1]()


def write_private_key(private: PrivateKey) -> bytes:
    """PKCS #8 in DER, in the clear: only a Sealer may be given it."""
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def read_private_key(written: bytes, algorithm: str) -> PrivateKey:
    """The key, if it is one for that algorithm. Raises ForeignKey."""
    try:
        private = load_der_private_key(written, password=None)
    except ValueError:
        raise ForeignKey from None
    known = _MAKERS.get(algorithm)
    if known is None or not isinstance(private, known[0]):
        raise ForeignKey
    assert isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey)
    return private


def public_jwk(private: PrivateKey, kid: str, algorithm: str) -> dict[str, Any]:
    """The public half with `kid`, `alg` and `use`, and nothing of the private one."""
    if isinstance(private, EllipticCurvePrivateKey):
        written = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    elif isinstance(private, RSAPrivateKey):
        written = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        written = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    kept = {name: written[name] for name in _PUBLIC_NAMES if name in written}
    return {**kept, "kid": kid, "alg": algorithm, "use": "sig"}
