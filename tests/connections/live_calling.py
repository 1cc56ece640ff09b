"""A running Latchkey with a connection, and callers that speak to it over sockets, as programs do."""

from __future__ import annotations

import http.client
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.connections.making import LOOPBACK, Made, make_connection
from tests.make import Person, entered, make_account
from tests.servers.application import ENVIRONMENT, build_app, let_go_of
from tests.servers.live import LiveServer
from tests.servers.upstream import PATIENCE_SECONDS, Upstream, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask import Flask

# What one process of the running server takes on, so that tests can fill it.
AT_ONCE = 3
_SECRETS = ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")
SHARED = {name: ENVIRONMENT[name] for name in _SECRETS}


@dataclass
class LiveCalling:
    """`app` is another node of the running server's: it works on the same database, in the test's process."""

    server: LiveServer
    app: Flask
    service: Upstream
    connection: Made

    def sign_in(self, person: Person) -> dict[str, str]:
        """The headers that carry the person's token."""
        answer = self.ask("POST", "/api/v1/login", {"username": person.username, "password": person.password})
        assert answer.status == 200, answer.read()
        return {"Authorization": f"Bearer {json.loads(answer.read())['token']}"}

    def ask(
        self, method: str, path: str, content: object = None, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """One request over a connection of its own. The answer's body is still to be read."""
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_SECONDS)
        given = {"Content-Type": "application/json", "Connection": "close", **(headers or {})}
        line.request(method, path, None if content is None else json.dumps(content), given)
        return line.getresponse()

    def turn_on(self) -> None:
        """The connection, if it is off."""
        from webapp.connections.service import turn
        from webapp.infra.database import unit_of_work

        with entered(self.app), unit_of_work():
            turn(self.connection.id, is_enabled=True, actor_id="a" * 26)

    def call(self, rest: str, token: Mapping[str, str]) -> http.client.HTTPResponse:
        """A call through the connection."""
        return self.ask("GET", self.connection.path(rest), headers=token)


@contextmanager
def start_live_calling(folder: Path, **changes: Any) -> Iterator[LiveCalling]:
    """`changes` are to the connection's words."""
    server = LiveServer(folder, {**SHARED, **LOOPBACK, "CONNECTIONS_AT_ONCE": str(AT_ONCE)}).start()
    app = build_app(folder, f"sqlite:///{folder / 'instance' / 'latchkey.db'}", dict(LOOPBACK))
    with upstream() as service:
        try:
            yield LiveCalling(server, app, service, make_connection(app, base_url=service.url, **changes))
        finally:
            let_go_of(app)
            server.stop()


def make_callers(calling: LiveCalling, number: int) -> list[tuple[Person, dict[str, str]]]:
    """So many people, each with the headers that carry their token."""
    people = [make_account(calling.app) for _ in range(number)]
    return [(each, calling.sign_in(each)) for each in people]
