"""Whoever copied a cookie or a token, and not the key: nothing is to be had, nothing changes, the owner goes on."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import pytest

from tests.make import make_account
from tests.tokens.dpop_key import BoundCaller, DpopKey
from tests.tokens.shown_tokens import Holder, cookies_of
from webapp.core import clock as the_clock
from webapp.infra.database import db
from webapp.sessions.models import Session
from webapp.web.cookies import REFRESH, REFRESH_CSRF

if TYPE_CHECKING:
    import time_machine
    from flask import Flask

REFRESH_PATH, PROFILE = "/api/v2/refresh", "/api/v2/profile"


@pytest.fixture
def owner(app: Flask) -> BoundCaller:
    return BoundCaller(app.test_client(), make_account(app))


def stolen_cookies(owner: BoundCaller) -> dict[str, str]:
    """The headers of whoever copied both cookies."""
    found = {name: owner.client.get_cookie(name) for name in (REFRESH, REFRESH_CSRF)}
    values = {name: cookie.value for name, cookie in found.items() if cookie is not None}
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in values.items()),
        "X-CSRF-TOKEN": values[REFRESH_CSRF],
    }


def chain_of(app: Flask) -> tuple[object, ...]:
    with app.app_context():
        row = db.session.execute(db.select(Session)).scalar_one()
        return row.counter, row.received, row.rotated_at, row.ended_at, row.key_thumbprint


def test_copied_cookie_without_the_key_earns_nothing_and_moves_nothing(
    app: Flask, owner: BoundCaller, clock: time_machine.Traveller
) -> None:
    thief, key, shown = app.test_client(use_cookies=False), DpopKey(), owner.key.proof("POST", REFRESH_PATH)
    assert owner.refresh(shown).status_code == 200
    clock.shift(500)
    before, cookies = chain_of(app), stolen_cookies(owner)
    proofs = ["", "x", shown, key.proof("POST", REFRESH_PATH), key.proof("POST", REFRESH_PATH, owner.token)]
    proofs += [
        owner.key.proof("POST", PROFILE, owner.token),
        key.proof("POST", REFRESH_PATH, None, None, {"jwk": owner.key.jwk}),
    ]
    for path in (REFRESH_PATH, "/api/v1/refresh"):
        for proof in proofs:
            answer = thief.post(path, headers={**cookies, **({"DPoP": proof} if proof else {})})
            assert answer.status_code == 401
            assert "invalid_dpop_proof" in answer.text
            assert not cookies_of(answer)
    assert chain_of(app) == before
    assert owner.refresh().status_code == 200


def test_spent_cookie_binds_nobody(app: Flask, clock: time_machine.Traveller) -> None:
    holder, thief = Holder(app), DpopKey()
    for _ in range(2):
        clock.shift(300)
        assert holder.show().status_code == 200
    # Two behind and within the deadline: told to wait, not yet taken for theft, and given no token.
    headers = {"DPoP": thief.proof("POST", REFRESH_PATH)}
    answer = holder.show(holder.refresh_tokens[0], path=REFRESH_PATH, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "refresh_retry")
    assert chain_of(app)[-1] is None
    assert holder.show().status_code == 200


def test_copied_token_without_the_key_opens_nothing(app: Flask, owner: BoundCaller) -> None:
    thief, key, token = app.test_client(use_cookies=False), DpopKey(), owner.token
    seen = owner.key.proof("GET", PROFILE, token)
    attempts = {
        "as a plain token": {"Authorization": f"Bearer {token}"},
        "without a proof": {"Authorization": f"DPoP {token}"},
        "with a key of the thief's": key.headers("PATCH", PROFILE, token),
        "with a proof of another method": {"Authorization": f"DPoP {token}", "DPoP": seen},
        "with a proof of another call": {
            "Authorization": f"DPoP {token}",
            "DPoP": owner.key.proof("PATCH", "/api/v2/protected", token),
        },
        "with a proof for another token": {
            "Authorization": f"DPoP {token}",
            "DPoP": owner.key.proof("PATCH", PROFILE, f"{token}x"),
        },
        "with a proof of a renewal": {
            "Authorization": f"DPoP {token}",
            "DPoP": owner.key.proof("PATCH", PROFILE),
        },
        "with an old proof": {
            "Authorization": f"DPoP {token}",
            "DPoP": owner.key.proof("PATCH", PROFILE, token, iat=int(the_clock.now().timestamp()) - 61),
        },
        "with the owner's key shown": {
            "Authorization": f"DPoP {token}",
            "DPoP": key.proof("PATCH", PROFILE, token, header={"jwk": owner.key.jwk}),
        },
    }
    for name, headers in attempts.items():
        answer = thief.patch(PROFILE, json={"display_name": "Mallory"}, headers=headers)
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"].startswith("DPoP "), name
        assert thief.get("/api/v1/profile", headers=headers).status_code == 401, name
    assert owner.call("GET", PROFILE).get_json()["display_name"] != "Mallory"


def test_host_header_chooses_no_address_for_a_proof_but_one_of_our_own_names(owner: BoundCaller) -> None:
    shown = {
        ("localhost", "https://localhost"): 200,
        ("localhost", "https://127.0.0.1"): 401,
        # Development trusts the names of this machine; PUBLIC_URL counts whatever a proxy puts into Host.
        ("127.0.0.1", "https://127.0.0.1"): 200,
        ("127.0.0.1", "https://localhost"): 200,
        ("127.0.0.1:444", "https://127.0.0.1:444"): 401,
        ("evil.example", "https://evil.example"): 400,
        ("evil.example", "https://localhost"): 400,
    }
    for (host, origin), status in shown.items():
        proof = owner.key.proof("GET", f"{origin}{PROFILE}", owner.token)
        headers = {"Authorization": f"DPoP {owner.token}", "DPoP": proof, "Host": host}
        assert owner.client.get(PROFILE, headers=headers).status_code == status, (host, origin)


def test_two_proofs_in_one_call_are_refused_as_such(owner: BoundCaller) -> None:
    two = [
        ("Authorization", f"DPoP {owner.token}"),
        *[("DPoP", owner.key.proof("GET", PROFILE, owner.token))] * 2,
    ]
    answer = owner.client.get(PROFILE, headers=two)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "repeated_header")


def test_hostile_proofs_are_answered_in_words_and_leave_no_secret_in_the_log(
    app: Flask, owner: BoundCaller, caplog: pytest.LogCaptureFixture
) -> None:
    whole = owner.key.proof("GET", PROFILE, owner.token)
    texts = [
        "",
        "x",
        "..",
        "\xff.\xff.\xff",
        "e30.e30.e30",
        "a." * 2_000,
        "x" * 9_000,
        "null",
        whole[:-5],
        whole.lower(),
    ]
    client, cookie = app.test_client(use_cookies=False), stolen_cookies(owner)
    with caplog.at_level(logging.DEBUG):
        for text in texts:
            begun = time.perf_counter()
            answers = [
                client.get(PROFILE, headers={"Authorization": f"DPoP {owner.token}", "DPoP": text}),
                client.post(REFRESH_PATH, headers={**cookie, "DPoP": text}),
                client.post("/api/v2/login", json={"username": "a", "password": "b"}, headers={"DPoP": text}),
            ]
            for answer in answers:
                assert (answer.status_code, answer.get_json()["code"]) == (401, "invalid_dpop_proof"), text[
                    :20
                ]
                assert answer.mimetype == "application/problem+json"
                assert len(text) < 10 or text not in answer.text
            assert time.perf_counter() - begun < 2
    for secret in (
        owner.token,
        whole,
        owner.token.split(".")[2],
        whole.split(".")[2],
        cookie["X-CSRF-TOKEN"],
    ):
        assert secret not in caplog.text
