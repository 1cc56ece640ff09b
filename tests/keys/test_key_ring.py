"""The key ring: one key made once, published without its private part, and shut to another ENCRYPTION_KEY."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import jwt
import pytest
from sqlalchemy import delete, select

from tests.admin.console import events
from tests.make import make_account, sign_in, sign_in_by_api
from tests.page_client import PageClient
from tests.servers.application import ENVIRONMENT
from webapp.core.parts import part
from webapp.infra.database import db, unit_of_work
from webapp.infra.sealing import SealBroken
from webapp.keys.errors import NoSigningKey
from webapp.keys.models import SigningKey
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import ensure_signing_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

OTHER_KEY = "another-encryption-key-0123456789-abcdefghij"


def keys(app: Flask) -> list[tuple[str, str, bytes]]:
    with app.app_context(), unit_of_work(writes=False):
        return [
            (each.kid, each.state, each.sealed_private_key) for each in db.session.scalars(select(SigningKey))
        ]


def drop_keys(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(delete(SigningKey))


@pytest.mark.database
def test_two_nodes_that_start_at_once_make_one_key(make_app: Callable[..., Flask]) -> None:
    nodes = [make_app(), make_app()]
    drop_keys(nodes[0])
    start = threading.Barrier(len(nodes))

    def ensure(node: Flask) -> None:
        with node.app_context():
            start.wait(timeout=20)
            with unit_of_work():
                ensure_signing_key()

    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(ensure, nodes))
    assert [state for _, state, _ in keys(nodes[0])] == ["current"]


def test_key_once_made_is_kept(app: Flask) -> None:
    before = keys(app)
    with app.app_context(), unit_of_work():
        ensure_signing_key()
    assert keys(app) == before
    assert len(events(app, "signing_key.created")) == 1


def test_published_keys_have_no_private_part(client: FlaskClient) -> None:
    answer = client.get("/.well-known/jwks.json")
    (key,) = answer.get_json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_anyone_can_verify_a_token_with_the_published_key(app: Flask, client: FlaskClient) -> None:
    token = sign_in_by_api(client, make_account(app, "bob"))["Authorization"].split()[1]
    keyset = jwt.PyJWKSet.from_dict(client.get("/.well-known/jwks.json").get_json())
    key = keyset[jwt.get_unverified_header(token)["kid"]]
    assert (
        jwt.decode(token, key, algorithms=["ES256"], audience="https://localhost")["iss"]
        == "https://localhost"
    )


def test_unchanged_keys_are_not_sent_twice(client: FlaskClient) -> None:
    etag = client.get("/.well-known/jwks.json").headers["ETag"]
    answer = client.get("/.well-known/jwks.json", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_wrong_encryption_key_refuses_in_words_and_overwrites_nothing(make_app: Callable[..., Flask]) -> None:
    app, wrong = make_app(), make_app(ENCRYPTION_KEY=OTHER_KEY)
    bob = make_account(app, "bob")
    before = keys(app)
    credentials = {"username": "bob", "password": bob.password}
    for answer in (
        wrong.test_client().post("/api/v1/login", json=credentials),
        wrong.test_client().get("/.well-known/jwks.json"),
    ):
        assert (answer.status_code, answer.get_json()["error"]) == (503, "sealed_value_unreadable")
        assert "ENCRYPTION_KEY" in answer.get_json()["message"]
    with wrong.app_context(), pytest.raises(SealBroken), unit_of_work():
        ensure_signing_key()
    assert keys(app) == before
    assert wrong.test_client().get("/readyz").get_json()["faults"].keys() == {"keys"}


def test_former_encryption_key_still_opens_the_ring(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    bob = make_account(app, "bob")
    renewed = make_app(ENCRYPTION_KEY=OTHER_KEY, ENCRYPTION_KEY_FALLBACKS=ENVIRONMENT["ENCRYPTION_KEY"])
    assert sign_in_by_api(renewed.test_client(), bob)


def test_database_without_a_key_says_that_none_is_ready(app: Flask) -> None:
    drop_keys(app)
    bob = make_account(app, "bob")
    answer = app.test_client().post("/api/v1/login", json={"username": "bob", "password": bob.password})
    assert (answer.status_code, answer.get_json()["error"]) == (503, "no_signing_key")
    assert answer.headers["Retry-After"] == "2"


def test_page_sign_in_needs_no_signing_key(app: Flask) -> None:
    drop_keys(app)
    pages = PageClient(app.test_client())
    assert sign_in(pages, make_account(app, "bob")).status == 200


def test_ring_is_read_again_when_it_was_empty(at_work: Flask) -> None:
    ring = KeyRing()
    with unit_of_work():
        db.session.execute(delete(SigningKey))
    with pytest.raises(NoSigningKey):
        ring.signing_key()
    with unit_of_work():
        ensure_signing_key()
    assert ring.find_key(ring.signing_key().kid) is ring.signing_key()
    assert ring.find_key("invented") is None


def test_ring_that_forgets_reads_the_database(at_work: Flask) -> None:
    ring = part(KeyRing)
    first = ring.signing_key().kid
    with unit_of_work():
        db.session.execute(delete(SigningKey))
        ensure_signing_key()
    assert ring.signing_key().kid == first
    ring.forget()
    assert ring.signing_key().kid != first
