"""Two application processes over one PostgreSQL answer one browser's tabs in turn: the chain stays one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import jwt
import psycopg
import pytest

from tests.make import set_up_live
from tests.servers.application import ENVIRONMENT
from tests.servers.live import LiveServer
from tests.servers.shared import wait_until
from tests.servers.valkey import free_port
from tests.tokens.test_refresh_storm import Heard, Jar
from webapp.core import clock

TABS = 50
STORMS = 3
OVERLAP = 3


@pytest.fixture
def nodes(start_server: Callable[..., LiveServer], database_url: str) -> list[LiveServer]:
    """Both know the same secrets, and the address of the balancer that stands before them."""
    shared = {name: value for name, value in ENVIRONMENT.items() if name.endswith(("KEY", "PEPPER"))}
    shared |= {"DATABASE_URL": database_url, "PUBLIC_URL": f"http://localhost:{free_port()}"}
    shared |= {"REFRESH_OVERLAP": str(OVERLAP), "REFRESH_DEADLINE": "1"}
    shared |= {"LIMIT_REFRESH_PER_SESSION": "100000/m", "LIMIT_PER_ADDRESS": "100000/m"}
    return [start_server(**shared), start_server(**shared)]


@pytest.fixture
def database(nodes: list[LiveServer], database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def storm(jars: list[Jar], cookie: str) -> list[Heard]:
    """Every tab shows the same cookie at once, each to the next node."""
    start = Barrier(TABS)

    def restore(tab: int) -> list[Heard]:
        start.wait()
        return jars[tab % len(jars)].refresh_until_served(cookie)

    with ThreadPoolExecutor(TABS) as tabs:
        return [heard for tab in tabs.map(restore, range(TABS)) for heard in tab]


def number_of(cookie: str) -> int:
    """The link of the chain that a refresh token is."""
    return int(jwt.decode(cookie, options={"verify_signature": False})["n"])


def await_rotation(begun: float) -> None:
    """Until the cookie that was given then may move."""
    wait_until(lambda: clock.monotonic() > begun + 2.1 * OVERLAP, "two overlaps to pass")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_tabs_answered_by_two_nodes_stay_signed_in_on_one_chain(
    nodes: list[LiveServer], database: psycopg.Connection
) -> None:
    first = Jar(nodes[0], set_up_live(nodes[0]))
    jars = [first, first.at(nodes[1])]
    cookie, seen = first.cookie, {first.cookie}
    begun = 0.0
    for _ in range(STORMS):
        await_rotation(begun)
        begun = clock.monotonic()
        heard = storm(jars, cookie)
        found = Counter((each.status, each.error) for each in heard)
        assert set(found) <= {(200, None), (409, "refresh_retry")}, found
        assert found[200, None] == TABS
        given = {each.cookie for each in heard if each.cookie}
        assert len(given) == 1 or (409, "refresh_retry") in found, "one swap has one successor, on both nodes"
        cookie = max(given, key=number_of)
        seen |= given
    assert len(seen) > STORMS
    assert {each.refresh(cookie).status for each in jars} == {200}
    rows = database.execute("SELECT counter, ended_at FROM sessions").fetchall()
    assert (len(rows), rows[0][0] > STORMS, rows[0][1]) == (1, True, None)
