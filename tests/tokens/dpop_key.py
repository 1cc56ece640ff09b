"""A key of a browser's, and the proofs it makes, whole or broken in any way."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.make import csrf_header
from tests.servers.application import ORIGIN
from tests.tokens.forged_tokens import encode
from webapp.core import clock
from webapp.tokens.dpop import digest_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.make import Person

_ES256 = ECAlgorithm(ECAlgorithm.SHA256)
LEFT_OUT = "(left out)"


class DpopKey:
    """A P-256 key pair; `jwk` is its public half as a proof shows it."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        shown = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        self.jwk: dict[str, Any] = {name: shown[name] for name in ("kty", "crv", "x", "y")}

    @property
    def thumbprint(self) -> str:
        """RFC 7638: the members in the order of their names."""
        return digest_token(json.dumps(self.jwk, sort_keys=True, separators=(",", ":")))

    def proof(
        self,
        method: str,
        url: str,
        token: str | None = None,
        nonce: str | None = None,
        header: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """A proof for one call; a path is one of the tests' own origin. `LEFT_OUT` takes a claim or member away."""
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": ORIGIN + url if url.startswith("/") else url,
            "iat": int(clock.now().timestamp()),
        }
        claims |= {"ath": digest_token(token)} if token is not None else {}
        claims |= {"nonce": nonce} if nonce is not None else {}
        whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk, **(header or {})}
        return self.sign(_without(whole), _without(claims | changes))

    def sign(self, header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes) -> str:
        """Anything, truly signed with this key; bytes are taken as they are."""
        written = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, claims)]
        signed = ".".join(encode(one) for one in written)
        return f"{signed}.{encode(_ES256.sign(signed.encode(), self.private))}"

    def headers(self, method: str, url: str, token: str, nonce: str | None = None) -> dict[str, str]:
        """The headers of a call of API v2 with a bound token."""
        return {"Authorization": f"DPoP {token}", "DPoP": self.proof(method, url, token, nonce)}


def _without(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not LEFT_OUT}


class BoundCaller:
    """Somebody who signed in at API v2; `client` holds the cookies. Each call carries a new proof."""

    def __init__(self, client: FlaskClient, person: Person, key: DpopKey | None = None) -> None:
        self.client, self.key = client, key or DpopKey()
        path = "/api/v2/login"
        answer = client.post(
            path,
            json={"username": person.username, "password": person.password},
            headers={"DPoP": self.key.proof("POST", path)},
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.token: str = answer.get_json()["access_token"]

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """A call with the token and a proof; `headers` come on top."""
        sent = {**self.key.headers(method, path.partition("?")[0], self.token), **(headers or {})}
        return self.client.open(path, method=method, headers=sent, **options)

    def refresh(self, proof: str | None = None, **options: Any) -> TestResponse:
        """Show the refresh cookie with a proof, a good one where none is given, and "" for none at all."""
        path = "/api/v2/refresh"
        shown = self.key.proof("POST", path) if proof is None else proof
        headers = {**csrf_header(self.client), **({"DPoP": shown} if shown else {})}
        answer = self.client.post(path, headers=headers, **options)
        if answer.status_code == 200:
            self.token = answer.get_json()["access_token"]
        return answer
