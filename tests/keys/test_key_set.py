"""The published set as caches and other services meet it, also while the database is away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, event

from tests.keys.key_nodes import act, kid_that_is
from tests.make import bearer, make_account, sign_in_by_api
from tests.servers.application import let_go_of
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.database import DatabaseAway, db, unit_of_work
from webapp.keys.errors import NoSigningKey
from webapp.keys.models import SigningKey
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from flask import Flask
    from flask.testing import FlaskClient

JWKS = "/.well-known/jwks.json"


def test_pages_of_any_origin_may_read_the_set_and_head_says_the_same(client: FlaskClient) -> None:
    answer, head = client.get(JWKS), client.head(JWKS)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


def test_rotation_changes_the_tag(app: Flask, client: FlaskClient) -> None:
    before = client.get(JWKS).headers["ETag"]
    act(app, rotate)
    answer = client.get(JWKS, headers={"If-None-Match": before})
    assert (answer.status_code, len(answer.get_json()["keys"])) == (200, 2)


def test_while_the_database_is_away_the_known_set_is_served_for_short(
    moved_clock: time_machine.Traveller, app: Flask, client: FlaskClient, database_url: str
) -> None:
    headers = sign_in_by_api(client, make_account(app))
    known = client.get(JWKS)
    assert known.cache_control.max_age == 300
    take_away(app, database_url)
    moved_clock.shift(6)
    answer = client.get(JWKS)
    assert (answer.status_code, answer.data, answer.cache_control.max_age) == (200, known.data, 2)
    # The token is verified with the copy; what the session is worth, nobody can say.
    assert client.get("/api/v1/protected", headers=headers).status_code == 503
    forged = {"Authorization": headers["Authorization"][:-8] + "AAAAAAAA"}
    assert client.get("/api/v1/protected", headers=forged).status_code == 401


def test_what_cannot_be_known_is_503_and_never_401(
    moved_clock: time_machine.Traveller, make_app: Callable[..., Flask], database_url: str
) -> None:
    app, cold = make_app(), make_app()
    headers = sign_in_by_api(app.test_client(), make_account(app))
    take_away(app, database_url)
    for _ in range(2):
        for path in (JWKS, "/api/v1/protected"):
            assert cold.test_client().get(path, headers=headers).status_code == 503
    with app.app_context(), pytest.raises(NoSigningKey):
        part(KeyRing).find_key(new_id())


def test_set_without_a_key_is_kept_by_nobody(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(delete(SigningKey))
    answer = app.test_client().get(JWKS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    # That answer was the occasion to make one, whichever server this is.
    assert len(app.test_client().get(JWKS).get_json()["keys"]) == 1


def test_copy_that_is_too_old_signs_nothing(
    moved_clock: time_machine.Traveller, app: Flask, client: FlaskClient, database_url: str
) -> None:
    from webapp.core.parts import part
    from webapp.keys.ring import KeyRing

    with app.app_context():
        ring = part(KeyRing)
        known = ring.signing_key()
        take_away(app, database_url)
        moved_clock.shift(1)
        assert ring.signing_key() is known
        moved_clock.shift(5)
        with pytest.raises(DatabaseAway):
            ring.signing_key()
        assert ring.find_key(known.kid) is known


def take_away(app: Flask, database_url: str) -> None:
    let_go_of(app)
    file = Path(database_url.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".away"))
    file.mkdir()


def test_flood_of_invented_kids_asks_the_database_once(
    moved_clock: time_machine.Traveller, app: Flask, client: FlaskClient
) -> None:
    import jwt

    token = sign_in_by_api(client, make_account(app))["Authorization"].split()[1]
    header, rest = jwt.get_unverified_header(token), token.partition(".")[2]
    asked = count_questions(app)
    for _ in range(30):
        invented = jwt.utils.base64url_encode(str({**header, "kid": new_id()}).replace("'", '"').encode())
        forged = f"{invented.decode()}.{rest}"
        assert client.get("/api/v1/protected", headers=bearer(forged)).status_code == 401
    assert len(asked) == 1


def test_key_that_another_node_has_just_made_is_known_within_the_same_second(
    moved_clock: time_machine.Traveller, make_app: Callable[..., Flask]
) -> None:
    first, second = make_app(), make_app()
    bob = make_account(first)
    assert second.test_client().get(JWKS).status_code == 200
    act(first, lambda: rotate(at_once=True))
    headers = sign_in_by_api(first.test_client(), bob)
    assert second.test_client().get("/api/v1/protected", headers=headers).status_code == 200
    assert kid_that_is(first, "current") in second.test_client().get(JWKS).text


def count_questions(app: Flask) -> list[str]:
    """The statements about signing keys from now on."""
    found: list[str] = []

    def note(*details: object) -> None:
        statement = str(details[2])
        if "FROM signing_keys" in statement:
            found.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    return found
