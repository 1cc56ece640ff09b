"""Programs that are none, and tokens that are not the client's: nothing is learnt, nothing is slowed for others."""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.make import Program, entered, make_program
from tests.tokens.forged_tokens import parts_of, sign, unsigned
from tests.tokens.services_world import INACTIVE, REPORTS, ask, describe, make_reports, token_for
from tests.tokens.shown_tokens import Holder, code_of
from webapp.infra.database import unit_of_work
from webapp.tokens import clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.test import TestResponse

    from webapp.keys.ring import RingKey

ACTS = ("introspect", "revoke")


@pytest.fixture
def program(app: Flask) -> Program:
    return make_program(app)


def call(app: Flask, authorization: str | None, act: str = "introspect", address: str = "") -> TestResponse:
    headers = {} if authorization is None else {"Authorization": authorization}
    source = {"REMOTE_ADDR": address or "127.0.0.1"}
    return app.test_client().post(
        f"/api/v1/{act}", data={"token": "x"}, headers=headers, environ_overrides=source
    )


def basic(text: str | bytes) -> str:
    return "Basic " + b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.database
def test_wrong_credentials_are_one_answer(app: Flask, program: Program) -> None:
    other = make_program(app, name="Another")
    wrong = [
        None, "", "Basic", "Basic ", "Basic !!!", "Basic " + "QQ==" * 3, "Bearer x", "Basic " + "A" * 5_000,
        basic(""), basic(":"), basic(program.id), basic(f"{program.id}:"), basic(f":{program.secret}"),
        basic(f"{program.id}:{program.secret}x"), basic(f"{program.id}:{other.secret}"),
        basic(f"{program.id.upper()}:{program.secret}"), basic(f"{program.id}%00:{program.secret}"),
        basic(f"{program.id}\x00:{program.secret}"), basic(b"\xff\xfe:\xff"), basic("%ff%fe:x"),
        basic(f"{'a' * 26}:{program.secret}"), basic("' OR 1=1 --:x"), basic(f" {program.id}:{program.secret}"),
        f"Basic {b64encode(f'{program.id}:{program.secret}'.encode()).decode()[:-3]}",
    ]  # fmt: skip
    for act in ACTS:
        for each in wrong:
            answer = call(app, each, act)
            assert code_of(answer) == (401, "invalid_client"), each
            assert answer.headers["WWW-Authenticate"].startswith("Basic "), each
            assert program.secret not in answer.text


def test_two_credentials_in_one_header_are_refused(app: Flask, program: Program) -> None:
    doubled = ", ".join([program.headers["Authorization"], basic("x:y")])
    assert code_of(call(app, doubled)) == (400, "repeated_header")


def test_secret_in_the_body_or_the_query_is_no_credential(app: Flask, program: Program) -> None:
    named = {"client_id": program.id, "client_secret": program.secret}
    client = app.test_client()
    assert client.post("/api/v1/introspect", data={"token": "x", **named}).status_code == 401
    assert client.post("/api/v1/introspect", query_string=named, data={"token": "x"}).status_code == 401


def test_flood_of_wrong_secrets_is_limited_and_shuts_no_client_out(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(LIMIT_AUTH_PER_ADDRESS="5/15m")
    program = make_program(app)
    wrong = basic(f"{program.id}:wrong")
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: call(app, wrong).status_code, range(40)))
    assert sorted(statuses) == [401] * 5 + [429] * 35
    assert "Retry-After" in call(app, wrong).headers
    assert describe(app, program, "x") == INACTIVE, "neither the client behind the same address"
    assert call(app, wrong, address="203.0.113.9").status_code == 401, "nor anybody elsewhere is limited"


@pytest.mark.parametrize("act", ["revoke", "replace"])
def test_revoked_client_and_replaced_secret_are_refused_at_once_at_every_node(
    app: Flask, make_app: Callable[..., Flask], program: Program, act: str
) -> None:
    node = make_app()
    assert describe(node, program, "x") == INACTIVE
    with entered(app), unit_of_work():
        if act == "revoke":
            clients.revoke_client(program.id)
        else:
            client = clients.get_client(program.id)
            clients.replace_secret(program.id, version=clients.secret_version(client))
    for each in (app, node):
        assert code_of(ask(each, program, "x")) == (401, "invalid_client")


def test_nothing_but_our_own_access_token_is_active(
    app: Flask, program: Program, holder: Holder, key: RingKey
) -> None:
    header, claims = parts_of(holder.access_token)
    proof = {"jti": "1", "htm": "POST", "htu": "https://localhost/api/v1/introspect", "iat": claims["iat"]}
    identity = {name: claims[name] for name in ("iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "sid")}
    others = {
        "refresh token": holder.refresh_tokens[0],
        "ID token": sign(key, {**header, "typ": "JWT"}, {**identity, "nonce": "n"}),
        "DPoP proof": sign(key, {**header, "typ": "dpop+jwt"}, proof),
        "unsigned": unsigned(header, claims),
        "other kind": sign(key, {**header, "typ": "JWT"}, claims),
        "two audiences": sign(key, header, {**claims, "aud": [claims["aud"], REPORTS]}),
        "another session": sign(key, header, {**claims, "sid": "a" * 26}),
        "another person": sign(key, header, {**claims, "sub": "a" * 26}),
        "NUL": holder.access_token + "\x00",
        "huge": holder.access_token + "A" * 50_000,
        "spaces": f" {holder.access_token} ",
        "own secret": program.secret,
        "csrf": holder.csrf,
    }
    for name, text in others.items():
        assert describe(app, program, text) == INACTIVE, name
    assert describe(app, program, holder.access_token)["active"] is True


def test_service_cannot_use_its_token_here_or_at_another_service(app: Flask, holder: Holder) -> None:
    reports, other = make_reports(app), make_program(app, "billing", "bills:read")
    token = token_for(holder, REPORTS)
    assert describe(app, other, token) == INACTIVE
    assert ask(app, other, token, "revoke").status_code == 200
    assert describe(app, reports, token)["active"] is True
    assert code_of(holder.call(token)) == (401, "invalid_token")
    signed_out = app.test_client().post("/api/v1/logout", headers={"Authorization": f"Bearer {token}"})
    assert signed_out.status_code == 204
    assert holder.call().status_code == 200, "nor end the session"


def test_refused_token_is_in_no_log(app: Flask, program: Program, caplog: pytest.LogCaptureFixture) -> None:
    ask(app, program, "a-token-of-somebody")
    call(app, basic(f"{program.id}:a-secret-of-somebody"))
    assert "of-somebody" not in caplog.text
