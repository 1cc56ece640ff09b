"""`flask keys`: what it prints, what it asks, what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_account_commands import run
from tests.cli.test_serve_command import assert_refused, flask
from tests.keys.key_nodes import act, kid_that_is, states
from tests.make import make_account, sign_in_by_api
from tests.servers.application import ENVIRONMENT
from webapp.core.parts import part
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

OTHER_KEY = "another-encryption-key-0123456789-abcdefghij"
NAMES = "kid algorithm state published_at signs_from signs_until verifies_until seal".split()


def test_rotate_says_what_happens_and_when(app: Flask) -> None:
    ran = run(app, "keys", "rotate")
    new = kid_that_is(app, "next")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert f"{new} (ES256) is made and published." in ran.stdout
    assert "in 6 minutes. The present key signs until then." in ran.stdout
    assert f"{new} (ES256) was made before: a rotation is under way." in run(app, "keys", "rotate").stdout


def test_rotate_now_says_what_it_costs_and_asks(app: Flask) -> None:
    refused = run(app, "keys", "rotate", "--now", given="n\n")
    assert (refused.exit_code, len(states(app))) == (1, 1)
    assert "may refuse new ones for up to 5 minutes." in refused.stderr
    done = run(app, "keys", "rotate", "--now", "--yes")
    assert f"{kid_that_is(app, 'current')} (ES256) signs from now on." in done.stdout
    assert list(states(app).values()) == ["retiring", "current"]


def test_list_is_aligned_and_also_json(app: Flask) -> None:
    act(app, rotate)
    lines = run(app, "keys", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["STATE", "next", "current"]
    assert len({line.index("ES256") for line in lines[1:]} | {lines[0].index("ALGORITHM")}) == 1
    found = json.loads(run(app, "keys", "list", "--json").stdout)
    assert [list(each) for each in found] == [NAMES, NAMES]
    assert [(each["state"], each["seal"]) for each in found] == [("next", "present"), ("current", "present")]


@pytest.mark.database
def test_revoke_asks_and_then_ends_sessions_where_told(app: Flask) -> None:
    headers = sign_in_by_api(app.test_client(), make_account(app))
    kid = kid_that_is(app, "current")
    assert run(app, "keys", "revoke", kid, "--end-sessions", given="n\n").exit_code == 1
    assert states(app) == {kid: "current"}
    done = run(app, "keys", "revoke", kid, "--end-sessions", "--yes")
    assert (done.exit_code, "1 session ended." in done.stdout) == (0, True)
    with app.app_context():
        part(KeyRing).forget()
    assert app.test_client().get("/api/v1/protected", headers=headers).status_code == 401


@pytest.mark.parametrize("kid", ["", "nobody's", "x" * 5_000, "'; DROP TABLE signing_keys; --"])
def test_unknown_kid_is_one_line_and_exit_status_1(app: Flask, kid: str) -> None:
    ran = run(app, "keys", "revoke", "--yes", "--", kid)
    assert (ran.exit_code, ran.stderr) == (1, "There is no signing key with that kid.\n")


def test_serve_refuses_to_start_with_a_wrong_encryption_key(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    before = states(app)
    settings = {**ENVIRONMENT, "ENCRYPTION_KEY": OTHER_KEY, "PUBLIC_URL": "http://localhost:8000"}
    ran = flask("serve", **settings, INSTANCE_PATH=str(tmp_path), DATABASE_URL=database_url)
    assert_refused(ran, "another ENCRYPTION_KEY", "ENCRYPTION_KEY_FALLBACKS", "Nothing was changed.")
    assert states(app) == before


def test_keys_that_do_not_open_are_told_with_the_way_on(make_app: Callable[..., Flask]) -> None:
    app, bereft = make_app(), make_app(ENCRYPTION_KEY=OTHER_KEY)
    for command in (["list"], ["rotate"]):
        assert "ENCRYPTION_KEY_FALLBACKS" in run(bereft, "keys", *command).stderr
    assert len(states(app)) == 1
    done = run(bereft, "keys", "rotate", "--now", given="y\n")
    assert (done.exit_code, "given up for good" in done.stderr) == (0, True)
    assert list(states(app).values()) == ["retired", "current"]
