"""The verifier as a plain object: given keys and a given moment, and tokens that it has met before."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from jwt import PyJWK

from tests.tokens.forged_tokens import encode
from webapp.core import clock
from webapp.keys.algorithms import PrivateKey, make_private_key, public_jwk
from webapp.tokens import verifier as verifier_module
from webapp.tokens.errors import InvalidToken
from webapp.tokens.verifier import AccessTokenVerifier

NOW = 1_800_000_000
ALGORITHMS = ("ES256", "EdDSA", "PS256", "RS256")
_PRIVATE = {name: make_private_key(name) for name in ("ES256", "EdDSA", "PS256")}
PRIVATE: dict[str, PrivateKey] = {**_PRIVATE, "RS256": _PRIVATE["PS256"]}
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example.org",
    "aud": "https://api.example.org",
    "sub": "ada",
    "sid": "session",
    "jti": "token",
    "client_id": "latchkey-web",
    "scope": "read:profile",
    "amr": ["pwd"],
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "auth_time": NOW,
    "rtc": 1,
}


@dataclass
class Key:
    """A published key; `uses` counts signatures checked with it."""

    kid: str
    algorithm: str
    loaded: PyJWK
    uses: int = 0

    @property
    def public(self) -> PyJWK:
        self.uses += 1
        return self.loaded


@dataclass
class Keys:
    """Some published keys by name, which is that of the algorithm unless a test says otherwise."""

    held: dict[str, Key] = field(default_factory=dict)

    def add(self, algorithm: str, kid: str = "") -> Key:
        kid = kid or algorithm
        jwk = public_jwk(PRIVATE[algorithm], kid, algorithm)
        self.held[kid] = Key(kid, algorithm, PyJWK(jwk, algorithm=algorithm))
        return self.held[kid]

    def find_key(self, kid: str) -> Key | None:
        return self.held.get(kid)


def token(algorithm: str = "ES256", kid: str = "", **changes: Any) -> str:
    """Truly signed; `alg` and `kid` of its header are those of the signature."""
    header = {"alg": algorithm, "kid": kid or algorithm, "typ": "at+jwt"}
    signed = ".".join(encode(json.dumps(each).encode()) for each in (header, {**CLAIMS, **changes}))
    makes = PyJWK(public_jwk(PRIVATE[algorithm], "", algorithm), algorithm=algorithm).Algorithm
    return f"{signed}.{encode(makes.sign(signed.encode(), PRIVATE[algorithm]))}"


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def verifier(keys: Keys) -> AccessTokenVerifier:
    return AccessTokenVerifier(keys, CLAIMS["iss"], CLAIMS["aud"])


def is_taken(
    verifier: AccessTokenVerifier, text: str, moment: float = NOW, audience: str | None = None
) -> bool:
    try:
        verifier.verify(text, moment=moment, audience=audience)
    except InvalidToken:
        return False
    return True


def test_each_algorithm_is_taken_under_its_own_key_alone(verifier: AccessTokenVerifier, keys: Keys) -> None:
    for algorithm in ALGORITHMS:
        keys.add(algorithm)
    assert [each for each in ALGORITHMS if not is_taken(verifier, token(each))] == []
    # One RSA key serves both here, and still a name stands for one algorithm.
    crossed = [
        (a, b) for a in ALGORITHMS for b in ALGORITHMS if a != b and is_taken(verifier, token(a, kid=b))
    ]
    assert crossed == []


def test_token_is_good_from_its_beginning_to_its_end_and_ten_seconds_more(
    verifier: AccessTokenVerifier, keys: Keys
) -> None:
    keys.add("ES256")
    text = token()
    for _ in ("met first", "known"):
        moments = (NOW - 11, NOW - 10, NOW + 909, NOW + 910, 0)
        assert [is_taken(verifier, text, moment) for moment in moments] == [False, True, True, False, False]


def test_known_token_costs_no_second_signature(verifier: AccessTokenVerifier, keys: Keys) -> None:
    key, text = keys.add("ES256"), token()
    first = verifier.verify(text, moment=NOW)
    assert verifier.verify(text, moment=NOW + 60) is first
    assert key.uses == 2  # the algorithm and the key, once each


def test_known_token_of_a_revoked_key_is_refused_at_once(verifier: AccessTokenVerifier, keys: Keys) -> None:
    keys.add("ES256")
    text = token()
    assert is_taken(verifier, text)
    del keys.held["ES256"]
    assert not is_taken(verifier, text)


def test_known_token_is_still_asked_whom_it_is_for(verifier: AccessTokenVerifier, keys: Keys) -> None:
    keys.add("ES256")
    ours, theirs = token(), token(aud="reports")
    for _ in ("met first", "known"):
        assert is_taken(verifier, ours)
        assert is_taken(verifier, theirs, audience="reports")
        assert not is_taken(verifier, theirs)
        assert not is_taken(verifier, ours, audience="reports")


def test_refused_tokens_are_not_remembered_and_the_known_ones_are_bounded(
    verifier: AccessTokenVerifier, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_module, "_MOST_KNOWN", 3)
    key = keys.add("EdDSA")
    bad = [token("EdDSA", exp=NOW - 60), token("EdDSA", aud="x"), token("EdDSA") + "A", token("EdDSA", sub=1)]
    assert not any(is_taken(verifier, each) for each in bad)
    assert len(verifier._known) == 0
    good = [token("EdDSA", jti=str(number)) for number in range(5)]
    assert all(is_taken(verifier, each) for each in good)
    assert len(verifier._known) == 3
    uses = key.uses
    assert is_taken(verifier, good[4])
    assert key.uses == uses
    assert is_taken(verifier, good[0])
    assert key.uses > uses


def test_expired_tokens_leave_the_memory_when_they_are_shown(
    verifier: AccessTokenVerifier, keys: Keys
) -> None:
    keys.add("EdDSA")
    text = token("EdDSA")
    assert is_taken(verifier, text)
    assert not is_taken(verifier, text, NOW + 1000)
    assert len(verifier._known) == 0


def test_without_a_given_moment_the_present_one_counts(verifier: AccessTokenVerifier, keys: Keys) -> None:
    keys.add("EdDSA")
    present = int(clock.now().timestamp())
    with pytest.raises(InvalidToken):
        verifier.verify(token("EdDSA", exp=present - 60, iat=1, nbf=1))
    assert verifier.verify(token("EdDSA", exp=present + 60, iat=present, nbf=present)).account_id == "ada"


def test_many_threads_at_a_full_memory_are_all_answered(
    verifier: AccessTokenVerifier, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_module, "_MOST_KNOWN", 2)
    keys.add("EdDSA")
    texts = [token("EdDSA", jti=str(number)) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda number: is_taken(verifier, texts[number % 8]), range(400)))
    assert all(taken)
    assert len(verifier._known) <= 2
