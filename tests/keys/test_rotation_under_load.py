"""Rotation while two nodes work: no valid token is refused, and no token names an unpublished key."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import jwt
import pytest

from tests.keys.key_nodes import act, kid_that_is
from tests.make import bearer, csrf_header, make_account, sign_in_by_api
from webapp.core import clock
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

ROTATIONS = 2
CALLERS = 2
PACE_SECONDS = 0.02
# A name that is not known is asked for once a second: keys that come faster may be met too early.
BETWEEN_SECONDS = 1.0
PATIENCE_SECONDS = 60.0


@dataclass
class Traffic:
    """What two callers saw at two nodes."""

    nodes: list[Flask]
    stop: threading.Event = field(default_factory=threading.Event)
    refused: list[object] = field(default_factory=list)
    kids: set[str] = field(default_factory=set)
    signed: threading.Condition = field(default_factory=threading.Condition)
    calls: int = 0

    def call(self, username: str, password: str) -> None:
        """Renew at one node, use the token at the other, and look for its key in the set, about 50 times a second."""
        client = self.nodes[0].test_client()
        token = self._token_of(
            client.post("/api/v1/login", json={"username": username, "password": password})
        )
        for turn in count():
            if self.stop.wait(PACE_SECONDS):
                return
            here, there = self.nodes[turn % 2], self.nodes[(turn + 1) % 2]
            kid = jwt.get_unverified_header(token)["kid"]
            self._look(
                there.test_client(use_cookies=False).get("/api/v1/protected", headers=bearer(token)), kid
            )
            client.application = here
            token = self._token_of(client.post("/api/v1/refresh", headers=csrf_header(client)))
            published = here.test_client().get("/.well-known/jwks.json").get_json()["keys"]
            signed_with = jwt.get_unverified_header(token)["kid"]
            if signed_with not in {key["kid"] for key in published}:
                self.refused.append((signed_with, "is not published"))
            with self.signed:
                self.kids.add(signed_with)
                self.calls += 3
                self.signed.notify_all()

    def await_token_of(self, kid: str) -> None:
        """Wait until somebody has a token of this key. Raises AssertionError where that takes too long."""
        with self.signed:
            assert self.signed.wait_for(lambda: kid in self.kids or self.refused, PATIENCE_SECONDS)

    def _token_of(self, answer: object) -> str:
        self._look(answer, "renewal")
        return str(answer.get_json()["token"])  # type: ignore[attr-defined]

    def _look(self, answer: object, what: str) -> None:
        if answer.status_code != 200:  # type: ignore[attr-defined]
            self.refused.append((what, answer.get_json()))  # type: ignore[attr-defined]


@pytest.mark.database
def test_hurried_rotations_under_load_refuse_no_valid_token(make_app: Callable[..., Flask]) -> None:
    settings = {"LIMIT_REFRESH_PER_SESSION": "9999/1m", "LIMIT_PER_ADDRESS": "9999/1m"}
    traffic = Traffic([make_app(**settings), make_app(**settings)])
    people = [make_account(traffic.nodes[0]) for _ in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [pool.submit(traffic.call, each.username, each.password) for each in people]
        try:
            for number in range(ROTATIONS + 1):
                began = clock.monotonic()
                traffic.await_token_of(kid_that_is(traffic.nodes[0], "current"))
                traffic.stop.wait(began + BETWEEN_SECONDS - clock.monotonic())
                if number < ROTATIONS:
                    act(traffic.nodes[number % 2], lambda: rotate(at_once=True))
        finally:
            traffic.stop.set()
        for each in callers:
            each.result()
    assert traffic.refused == []
    assert len(traffic.kids) == ROTATIONS + 1
    assert sign_in_by_api(traffic.nodes[1].test_client(), people[0])
