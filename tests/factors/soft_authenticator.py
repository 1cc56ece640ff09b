"""An authenticator in software: makes credentials and answers with them, whole or broken in any way."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.servers.application import ORIGIN

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
ES256: Final = -7
EDDSA: Final = -8
RS256: Final = -257
Credential = dict[str, Any]


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


class Key:
    """A key pair of one of the three algorithms, and its public half as COSE has it."""

    def __init__(self, algorithm: int = ES256) -> None:
        self.algorithm = algorithm
        self._ec = ec.generate_private_key(ec.SECP256R1()) if algorithm == ES256 else None
        self._ed = ed25519.Ed25519PrivateKey.generate() if algorithm == EDDSA else None
        self._rsa = rsa.generate_private_key(65537, 2048) if algorithm == RS256 else None

    @property
    def cose(self) -> dict[int, Any]:
        if self._ec is not None:
            point = self._ec.public_key().public_numbers()
            x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
            return {1: 2, 3: ES256, -1: 1, -2: x, -3: y}
        if self._ed is not None:
            return {1: 1, 3: EDDSA, -1: 6, -2: self._ed.public_key().public_bytes_raw()}
        assert self._rsa is not None
        numbers = self._rsa.public_key().public_numbers()
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")}

    def sign(self, data: bytes) -> bytes:
        if self._ec is not None:
            return self._ec.sign(data, ec.ECDSA(hashes.SHA256()))
        if self._ed is not None:
            return self._ed.sign(data)
        assert self._rsa is not None
        return self._rsa.sign(data, padding.PKCS1v15(), hashes.SHA256())


@dataclass
class SoftAuthenticator:
    """One credential. What a test sets differently is said, signed and sent as if it were so."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    flags: int = UP | UV | BE | BS
    counts: bool = False
    count: int = 0
    key: Key = field(default_factory=Key)
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes | None = None
    cross_origin: bool = False

    def create(self, options: dict[str, Any], **changed: Any) -> Credential:
        """RegistrationResponseJSON. `changed`: client data's members, or `cose`, `fmt`, `auth_data`, `transports`."""
        self.user_handle = unb64(options["user"]["id"])
        cose = changed.pop("cose", self.key.cose)
        statement, form = changed.pop("statement", {}), changed.pop("fmt", "none")
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = changed.pop("auth_data", None) or self._data(self.flags | AT) + attested + cbor2.dumps(cose)
        transports = changed.pop("transports", ["internal", "hybrid"])
        made = cbor2.dumps({"fmt": form, "attStmt": statement, "authData": data})
        said = self._client_data("webauthn.create", options, changed)
        response = {"clientDataJSON": b64(said), "attestationObject": b64(made), "transports": transports}
        return self._credential(response)

    def get(self, options: dict[str, Any], **changed: Any) -> Credential:
        """AuthenticationResponseJSON. `changed`: client data's members, or `signature`, `user_handle`."""
        self.count += self.counts
        signature = changed.pop("signature", None)
        handle = changed.pop("user_handle", self.user_handle)
        said, data = self._client_data("webauthn.get", options, changed), self._data(self.flags)
        response = {
            "clientDataJSON": b64(said),
            "authenticatorData": b64(data),
            "signature": b64(signature or self.key.sign(data + hashlib.sha256(said).digest())),
            "userHandle": None if handle is None else b64(handle),
        }
        return self._credential(response)

    def _client_data(self, kind: str, options: dict[str, Any], changed: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": self.cross_origin} | changed).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _credential(self, response: dict[str, Any]) -> Credential:
        called = b64(self.credential_id)
        return {"id": called, "rawId": called, "type": "public-key", "response": response,
                "clientExtensionResults": {}, "authenticatorAttachment": "platform"}  # fmt: skip


def ask_to_create(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    """The options for a new passkey of whoever the headers speak for."""
    answer = client.post("/api/v1/factors/passkeys/options", headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    options: dict[str, Any] = answer.get_json()["options"]
    return options


def add(client: FlaskClient, headers: dict[str, str], credential: Any, **more: Any) -> TestResponse:
    """Send what the browser made."""
    return client.post("/api/v1/factors/passkeys", json={"credential": credential, **more}, headers=headers)


def enrol(client: FlaskClient, headers: dict[str, str], **properties: Any) -> SoftAuthenticator:
    """Add a passkey to the account that the headers speak for; the authenticator that holds it."""
    device = SoftAuthenticator(**properties)
    answer = add(client, headers, device.create(ask_to_create(client, headers)))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return device
