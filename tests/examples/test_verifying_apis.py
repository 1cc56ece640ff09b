"""The Python and the Node API do what their pages say, and take no token but a good one meant for them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.examples.conftest import Latchkey, print_token
from tests.examples.running import DOCUMENT, EXAMPLES, Running, at_these, blocks, run_shell
from tests.servers.valkey import free_port
from tests.tokens.forged_tokens import encode, parts_of, sign_hs256, unsigned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.curl
PRINTED_PORTS = {"python": 5001, "node": 5002}
CHALLENGE = 'Bearer error="invalid_token"'


def start(name: str, latchkey_url: str, log: Path) -> Running:
    block = at_these(blocks(EXAMPLES / name / "README.md")[1], {}).replace("npm ci --ignore-scripts\n", "")
    return Running(block, free_port(), log, {"LATCHKEY_URL": latchkey_url})


@pytest.fixture(scope="module", params=["python", pytest.param("node", marks=pytest.mark.node)])
def api(
    request: pytest.FixtureRequest, latchkey: Latchkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Running]]:
    running = start(request.param, latchkey.url, tmp_path_factory.mktemp("api") / "log")
    yield request.param, running
    running.stop()


def call(running: Running, authorization: str | None, method: str = "GET") -> tuple[int, str | None, Any]:
    """Status, challenge and body of a call to /notes."""
    headers = {} if authorization is None else {"Authorization": authorization}
    body = b'{"text": "Feed the cat"}' if method == "POST" else None
    request = Request(
        f"{running.url}/notes", body, {**headers, "Content-Type": "application/json"}, method=method
    )
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, None, json.load(answer)
    except HTTPError as refusal:
        return refusal.code, refusal.headers["WWW-Authenticate"], json.load(refusal)


def test_pages_register_the_service_as_the_document_does() -> None:
    registered = blocks(DOCUMENT)[0].removesuffix(" > client.json\n")
    for name in PRINTED_PORTS:
        assert blocks(EXAMPLES / name / "README.md")[0].strip() == registered


def test_calls_of_the_page_are_answered_as_it_says(api: tuple[str, Running], latchkey: Latchkey) -> None:
    name, running = api
    printed = blocks(EXAMPLES / name / "README.md")[2]
    addresses = {f"localhost:{PRINTED_PORTS[name]}": running.url}
    told = run_shell(at_these(printed, addresses), {"LATCHKEY_URL": latchkey.url})
    statuses = re.findall(r"^HTTP/1\.[01] (\d+)", told, re.MULTILINE)
    assert statuses == re.findall(r"# (\d+)", printed) == ["200", "401", "403", "401"]


def test_good_token_opens_what_its_scopes_name(api: tuple[str, Running], latchkey: Latchkey) -> None:
    _, running = api
    subject = parts_of(latchkey.token)[1]["sub"]
    assert call(running, f"Bearer {latchkey.token}")[::2] == (
        200,
        {"owner": subject, "notes": ["Water the ferns"]},
    )
    challenge = 'Bearer error="insufficient_scope", scope="notes:write"'
    assert call(running, f"Bearer {latchkey.token}", "POST") == (
        403,
        challenge,
        {"error": "insufficient_scope"},
    )
    writing = latchkey.forge(scope="notes:read notes:write")
    assert call(running, f"Bearer {writing}", "POST")[0] == 201


def test_any_other_token_is_refused(api: tuple[str, Running], latchkey: Latchkey) -> None:
    _, running = api
    header, claims = parts_of(latchkey.token)
    head, _, signature = latchkey.token.split(".")
    other = encode(json.dumps({**claims, "sub": "somebody-else"}).encode())
    public = json.dumps(latchkey.key.public_jwk).encode()
    bad = {
        "another payload": f"{head}.{other}.{signature}",
        "for Latchkey itself": print_token(latchkey.url),
        "for two services": latchkey.forge(aud=["notes", "reports"]),
        "for a longer name": latchkey.forge(aud="notes2"),
        "without audience": latchkey.forge(aud=None),
        "of another issuer": latchkey.forge(iss="http://localhost:1"),
        "expired": latchkey.forge(exp=claims["iat"] - 60),
        "without expiry": latchkey.forge(exp=None),
        "not valid yet": latchkey.forge(nbf=claims["iat"] + 3600),
        "without subject": latchkey.forge(sub=None),
        "without an id": latchkey.forge(jti=None),
        "another kind": latchkey.forge({"typ": "JWT"}),
        "no kind": latchkey.forge({"typ": None}),
        "revoked key": latchkey.forge({"kid": latchkey.revoked.kid}, key=latchkey.revoked),
        "revoked key under the new name": latchkey.forge(key=latchkey.revoked),
        "unknown key": latchkey.forge({"kid": "nobody"}),
        "revoked key without a name": latchkey.forge({"kid": None}, key=latchkey.revoked),
        "unsigned": unsigned(header, claims),
        "signed with what is public": sign_hs256(public, {**header, "alg": "HS256"}, claims),
        "key of its own": latchkey.forge({"jwk": latchkey.revoked.public_jwk}, key=latchkey.revoked),
        "no token": "x",
        "empty parts": "..",
        "not text": "\u00e9.\u00e9.\u00e9".encode().decode("latin-1"),
        "nested": encode(b"[" * 4_000) + ".e30.e30",
    }
    for what, token in bad.items():
        assert call(running, f"Bearer {token}") == (401, CHALLENGE, {"error": "invalid_token"}), what


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "DPoP x"])
def test_without_a_token_the_caller_is_told_the_scheme(
    api: tuple[str, Running], authorization: str | None
) -> None:
    assert call(api[1], authorization) == (401, "Bearer", {"error": "token_missing"})


@pytest.mark.parametrize("name", ["python", pytest.param("node", marks=pytest.mark.node)])
def test_keys_that_cannot_be_fetched_are_not_the_callers_fault(
    name: str, latchkey: Latchkey, tmp_path: Path
) -> None:
    running = start(name, f"http://localhost:{free_port()}", tmp_path / "log")
    assert call(running, f"Bearer {latchkey.token}") == (503, None, {"error": "unavailable"})
    running.stop()
