"""ENCRYPTION_KEY wrong, replaced and lost: nothing is overwritten silently, and each has a way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from tests.admin.console import events
from tests.keys.key_nodes import act, kid_that_is, states
from tests.make import make_account, refresh, sign_in_by_api
from tests.servers.application import ENVIRONMENT
from webapp.infra.database import db, unit_of_work
from webapp.infra.sealing import SealBroken
from webapp.keys.models import SigningKey
from webapp.keys.rotation import ensure_signing_key, reseal_signing_keys, revoke, rotate, turn_ring

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

FORMER = ENVIRONMENT["ENCRYPTION_KEY"]
OTHER = "another-encryption-key-0123456789-abcdefghij"


def spoil(app: Flask, state: str) -> None:
    """Leave a row whose secret nobody can open."""
    with app.app_context(), unit_of_work():
        rows = update(SigningKey).where(SigningKey.state == state)
        db.session.execute(rows.values(sealed_private_key=b"\x01" + b"x" * 60))


def test_former_key_opens_and_what_it_sealed_is_sealed_anew(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    bob = make_account(app)
    both = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER)
    with both.app_context(), unit_of_work():
        ensure_signing_key()
        assert (reseal_signing_keys(), reseal_signing_keys()) == (1, 0)
    # The fallback can go now, and nodes that still have the former key first can read on by theirs.
    assert sign_in_by_api(make_app(ENCRYPTION_KEY=OTHER).test_client(), bob)
    assert sign_in_by_api(make_app(ENCRYPTION_KEY_FALLBACKS=OTHER).test_client(), bob)
    assert len(events(app, "signing_keys.resealed")) == 1


@pytest.mark.parametrize("change", [lambda _: rotate(), lambda _: ensure_signing_key(), revoke])
def test_node_with_a_wrong_key_changes_nothing(
    make_app: Callable[..., Flask], change: Callable[[str], object]
) -> None:
    app, wrong = make_app(), make_app(ENCRYPTION_KEY=OTHER)
    before, current = states(app), kid_that_is(app, "current")
    with wrong.app_context(), pytest.raises(SealBroken), unit_of_work():
        change(current)
    with wrong.app_context(), unit_of_work():
        assert turn_ring() is False
    assert states(app) == before


def test_lost_key_is_left_behind_and_clients_renew(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    person = make_account(app)
    holder = app.test_client()
    headers = sign_in_by_api(holder, person)
    act(app, rotate)
    bereft = make_app(ENCRYPTION_KEY=OTHER)
    act(bereft, lambda: rotate(at_once=True))
    assert sorted(states(app).values()) == ["current", "retired", "retired"]
    client = bereft.test_client()
    for name in ("__Host-refresh_token", "__Host-csrf_refresh_token"):
        kept = holder.get_cookie(name)
        assert kept is not None
        client.set_cookie(name, kept.value)
    assert client.get("/api/v1/protected", headers=headers).status_code == 401
    assert client.get("/api/v1/protected", headers=refresh(client)).status_code == 200


def test_spoilt_row_that_signs_nothing_stops_nobody(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    act(app, lambda: rotate(at_once=True))
    act(app, lambda: rotate(at_once=True))
    act(app, lambda: revoke(next(iter(states(app)))))
    for state in ("revoked", "retiring"):
        spoil(app, state)
    node = make_app()
    with node.app_context(), unit_of_work():
        ensure_signing_key()
        reseal_signing_keys()
    client = node.test_client()
    headers = sign_in_by_api(client, make_account(app))
    assert client.get("/api/v1/protected", headers=headers).status_code == 200
    assert [key["kid"] for key in client.get("/.well-known/jwks.json").get_json()["keys"]] == [
        kid_that_is(app, "current")
    ]
    assert client.get("/readyz").status_code == 200


def test_key_put_in_beside_us_verifies_nothing(app: Flask) -> None:
    """Somebody who can write to the database, and not read ENCRYPTION_KEY, cannot make their key one of ours."""
    from webapp.keys.algorithms import make_private_key, write_private_key

    theirs = make_private_key("ES256")
    with app.app_context(), unit_of_work():
        db.session.execute(update(SigningKey).values(public_jwk="{}"))
        db.session.add(
            SigningKey(
                kid="theirs",
                algorithm="ES256",
                state="retiring",
                public_jwk="{}",
                sealed_private_key=write_private_key(theirs),
                created_at=db.session.query(SigningKey).first().created_at,  # type: ignore[union-attr]
            )
        )
    published = app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    assert [key["kid"] for key in published] == [kid_that_is(app, "current")]
