"""Fifty tabs restored at once show one cookie to a served application: all are answered, and the chain stays one."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from threading import Barrier

import pytest

from tests.make import Person, set_up_live
from tests.servers.live import LiveServer
from webapp.web.cookies import REFRESH, REFRESH_CSRF

TABS = 50
SWAPS = 2


@dataclass
class Heard:
    """What one tab heard; `cookie` where the answer set one."""

    status: int
    error: str | None
    cookie: str | None


class Jar:
    """The one cookie jar of all tabs."""

    def __init__(self, server: LiveServer, person: Person) -> None:
        self.port, self.cookie = server.port, ""
        body = json.dumps({"username": person.username, "password": person.password})
        _, given = self._send("/api/v1/login", body, {"Content-Type": "application/json"})
        self.csrf = given[REFRESH_CSRF]

    def at(self, server: LiveServer) -> Jar:
        """The same jar before another node."""
        other = copy(self)
        other.port = server.port
        return other

    def refresh(self, cookie: str) -> Heard:
        headers = {"Cookie": f"{REFRESH}={cookie}", "X-CSRF-TOKEN": self.csrf, "User-Agent": "Firefox"}
        (status, error), given = self._send("/api/v1/refresh", "", headers)
        return Heard(status, error, given.get(REFRESH))

    def refresh_until_served(self, cookie: str) -> list[Heard]:
        """As the page does: a 409 is asked again."""
        heard = [self.refresh(cookie)]
        while heard[-1].status == 409:
            heard.append(self.refresh(cookie))
        return heard

    def _send(
        self, path: str, body: str, headers: dict[str, str]
    ) -> tuple[tuple[int, str | None], dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", path, body, {**headers, "Host": f"localhost:{self.port}"})
        answer = connection.getresponse()
        found = json.loads(answer.read())
        connection.close()
        lines = answer.headers.get_all("Set-Cookie", [])
        cookies = {line.partition("=")[0]: line.partition("=")[2].partition(";")[0] for line in lines}
        # As a browser does: the last answer to arrive stays.
        self.cookie = cookies.get(REFRESH, self.cookie)
        return (answer.status, found.get("error")), cookies


@pytest.fixture
def jar(start_server: Callable[..., LiveServer]) -> Jar:
    """Signed in where the overlap lasts three seconds, so that a storm of storms moves the chain several times."""
    server = start_server(
        REFRESH_OVERLAP="3",
        REFRESH_DEADLINE="1",
        LIMIT_REFRESH_PER_SESSION="100000/m",
        LIMIT_PER_ADDRESS="100000/m",
    )
    return Jar(server, set_up_live(server))


def storm(jar: Jar, cookie: str) -> list[Heard]:
    start = Barrier(TABS)

    def restore(_tab: int) -> list[Heard]:
        start.wait()
        return jar.refresh_until_served(cookie)

    with ThreadPoolExecutor(TABS) as tabs:
        return [heard for tab in tabs.map(restore, range(TABS)) for heard in tab]


def test_storms_of_fifty_tabs_sign_nobody_out_and_leave_one_chain(jar: Jar) -> None:
    seen = {jar.cookie}
    while len(seen) <= SWAPS:  # time passes by storms: most find the newest token too young to move
        heard = storm(jar, jar.cookie)
        found = Counter((each.status, each.error) for each in heard)
        assert set(found) <= {(200, None), (409, "refresh_retry")}, found
        assert found[200, None] == TABS
        given = {each.cookie for each in heard if each.cookie}
        assert len(given) <= 1 or (409, "refresh_retry") in found, "one swap has one successor"
        seen |= given
    assert jar.refresh(jar.cookie).status == 200
