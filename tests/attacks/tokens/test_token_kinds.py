"""Every kind of value that Latchkey hands out, and some that it does not, in every other's place."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask

from tests.make import Program, make_program, sign_in
from tests.page_client import PageClient
from tests.tokens.dpop_key import BoundCaller, DpopKey
from tests.tokens.forged_tokens import encode, parts_of, sign, sign_hs256, unsigned
from tests.tokens.services_world import REPORTS, make_reports, token_for
from tests.tokens.shown_tokens import Holder, code_of, cookies_of
from webapp.accounts import service as accounts
from webapp.core.opaque import new_opaque_token
from webapp.core.parts import part
from webapp.infra.database import unit_of_work
from webapp.keys.ring import RingKey
from webapp.recovery.flow import make_reset_link
from webapp.tokens.refresh_tokens import RefreshSecrets
from webapp.web.cookies import DEVICE, PAGE_SESSION, REFRESH, REFRESH_CSRF


@pytest.fixture
def kinds(app: Flask, holder: Holder, key: RingKey) -> dict[str, str]:
    """One authentic value of each kind of ours, all of one person, and foreign kinds under our own key."""
    pages = PageClient(app.test_client())
    sign_in(pages, holder.person)
    make_reports(app)
    now = parts_of(holder.access_token)[1]
    with app.app_context(), unit_of_work():
        link = make_reset_link(accounts.get_account(holder.person.id), actor_id=None)
    id_token = {name: now[name] for name in ("iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "sid")}
    header = {"alg": "ES256", "kid": key.kid}
    assertion = {"iss": "client", "sub": "client", "aud": now["iss"], "exp": now["exp"], "jti": "1"}
    jwe_header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "typ": "at+jwt"}
    return {
        "device": holder.device,
        "page session": pages.cookie(PAGE_SESSION) or "",
        "csrf": holder.csrf,
        "reset link": link,
        "opaque": new_opaque_token(),
        "id token": sign(key, {**header, "typ": "JWT"}, {**id_token, "nonce": "n"}),
        "logout token": sign(key, {**header, "typ": "logout+jwt"}, id_token),
        "client assertion": sign(key, {**header, "typ": "client-authentication+jwt"}, assertion),
        "proof": DpopKey().proof("GET", "/api/v1/protected", holder.access_token),
        "proof under our key": sign(
            key, {**header, "typ": "dpop+jwt"}, {**now, "htm": "POST", "htu": now["iss"]}
        ),
        "unsecured": unsigned({"kid": key.kid, "typ": "at+jwt"}, now),
        "encrypted": ".".join([encode(json.dumps(jwe_header).encode()), "", "AAAA", "AAAA", "AAAA"]),
        "service's token": token_for(holder, REPORTS),
        "client secret": make_program(app).secret,
        "kid alone": key.kid,
        "session id": now["sid"],
        "password": holder.person.password,
    }


def test_values_of_other_kinds_are_no_access_token(app: Flask, holder: Holder, kinds: dict[str, str]) -> None:
    for name, value in {**kinds, "refresh token": holder.refresh_tokens[0]}.items():
        answer = holder.call(value)
        assert code_of(answer) == (401, "invalid_token"), name
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"', name
        assert not cookies_of(answer), name
    assert holder.call().status_code == 200


def test_values_of_other_kinds_are_no_refresh_token(
    app: Flask, holder: Holder, kinds: dict[str, str]
) -> None:
    for name, value in {**kinds, "access token": holder.access_token}.items():
        answer = holder.show(value)
        assert code_of(answer) == (401, "refresh_token_missing"), name
        assert not cookies_of(answer), name
    assert holder.show().status_code == 200


def test_values_of_other_kinds_are_no_proof(app: Flask, holder: Holder, kinds: dict[str, str]) -> None:
    caller = BoundCaller(app.test_client(), holder.person)
    tokens = {
        "access token": caller.token,
        "refresh token": holder.refresh_tokens[0],
        "plain": holder.access_token,
    }
    for name, value in {**kinds, **tokens}.items():
        sent = {"DPoP": value.encode("ascii", "ignore").decode()}
        for answer in (caller.call("GET", "/api/v2/protected", sent), caller.refresh(sent["DPoP"] or "x")):
            assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_dpop_proof"), name
    assert caller.refresh().status_code == 200


def test_values_of_other_kinds_are_no_bound_token(app: Flask, holder: Holder, kinds: dict[str, str]) -> None:
    caller = BoundCaller(app.test_client(), holder.person)
    plain = {"refresh token": holder.refresh_tokens[0], "plain": holder.access_token}
    for name, value in {
        **kinds,
        **plain,
        "proof for it": caller.key.proof("GET", "/api/v2/protected"),
    }.items():
        answer = caller.client.get(
            "/api/v2/protected", headers=caller.key.headers("GET", "/api/v2/protected", value)
        )
        assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_token"), name


def test_values_of_other_kinds_pass_no_proxy_and_no_service(
    app: Flask, holder: Holder, kinds: dict[str, str]
) -> None:
    service = make_program(app)
    for name, value in {**kinds, "refresh token": holder.refresh_tokens[0]}.items():
        assert code_of(holder.call(value, path="/api/v1/verify")) == (401, "invalid_token"), name
        asked = app.test_client().post("/api/v1/verify", json={"token": value}, headers=service.headers)
        assert code_of(asked) == (401, "invalid_token"), name


def test_values_of_other_kinds_are_no_client_secret(
    app: Flask, holder: Holder, kinds: dict[str, str]
) -> None:
    service = make_program(app)
    tokens = {"refresh token": holder.refresh_tokens[0], "access token": holder.access_token}
    for name, value in {**kinds, **tokens, "another's secret": make_program(app).secret}.items():
        headers = Program(service.id, value).headers
        asked = app.test_client().post("/api/v1/verify", json={"token": "x"}, headers=headers)
        assert code_of(asked) == (401, "invalid_client"), name


def test_values_of_other_kinds_open_no_page(app: Flask, holder: Holder, kinds: dict[str, str]) -> None:
    for name in set(kinds) - {"page session"}:
        answer = holder.client.get("/account", headers={"Cookie": f"{PAGE_SESSION}={kinds[name]}"})
        assert answer.status_code == 303, name
    for token in (holder.access_token, holder.refresh_tokens[0]):
        answer = holder.client.get("/account", headers={"Cookie": f"{PAGE_SESSION}={token}"})
        assert answer.status_code == 303


def test_values_of_other_kinds_reset_no_password(app: Flask, holder: Holder, kinds: dict[str, str]) -> None:
    for name in set(kinds) - {"reset link"}:
        answer = holder.client.get(f"/reset-password/{kinds[name]}")
        assert answer.status_code in {404, 410}, name


def test_access_token_rides_in_no_cookie_query_or_body(holder: Holder) -> None:
    token = holder.access_token
    for cookie in (REFRESH, PAGE_SESSION, DEVICE, "access_token_cookie", "__Host-access_token"):
        answer = holder.client.get("/api/v1/protected", headers={"Cookie": f"{cookie}={token}"})
        assert code_of(answer) == (401, "token_missing"), cookie
    for query in (f"?access_token={token}", f"?token={token}", f"?jwt={token}"):
        assert code_of(holder.client.get(f"/api/v1/protected{query}")) == (401, "token_missing")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_of_the_header_is_bearer_in_any_case(holder: Holder, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {holder.access_token}"}
    assert holder.client.get("/api/v1/protected", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Token {}", "DPoP {}", "Basic {}", "{}", "Bearer{}"]
)
def test_other_schemes_are_no_credentials(holder: Holder, value: str) -> None:
    headers = {"Authorization": value.format(holder.access_token)}
    answer = holder.client.get("/api/v1/protected", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_refresh_token_under_any_other_key_or_algorithm_is_nobodys(
    app: Flask, holder: Holder, key: RingKey
) -> None:
    header, claims = parts_of(holder.refresh_tokens[0])
    public = key.private.public_key()
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(key.public_jwk).encode(),
        b"",
        app.config["SECRET_KEY"].encode(),
    ]
    forged = [sign_hs256(secret, header, claims) for secret in secrets]
    forged += [sign_hs256(secrets[0], {**header, "kid": key.kid}, claims), unsigned(header, claims)]
    forged += [sign(key, {**header, "alg": "ES256", "kid": key.kid}, claims), sign(key, header, claims)]
    assert [code_of(holder.show(each)) for each in forged] == [(401, "refresh_token_missing")] * len(forged)


def test_refresh_secret_signs_no_access_token(app: Flask, holder: Holder) -> None:
    header, claims = parts_of(holder.access_token)
    with app.app_context():
        secrets = part(RefreshSecrets)
    for change in ({"alg": "HS256"}, {"alg": "HS256", "kid": secrets.signing_kid}):
        forged = sign_hs256(secrets.by_kid[secrets.signing_kid], {**header, **change}, claims)
        assert code_of(holder.call(forged)) == (401, "invalid_token")
        assert code_of(holder.show(forged)) == (401, "refresh_token_missing")


def test_refresh_token_is_signed_with_no_published_key(holder: Holder) -> None:
    header, _ = parts_of(holder.refresh_tokens[0])
    published = holder.client.get("/.well-known/jwks.json").get_json()["keys"]
    assert header["alg"] == "HS256"
    assert header["kid"] not in {each["kid"] for each in published}
    for each in published:
        with pytest.raises(jwt.PyJWTError):
            jwt.decode(holder.refresh_tokens[0], jwt.PyJWK(each), algorithms=["ES256", "HS256"])
    assert REFRESH_CSRF not in {each["kid"] for each in published}
