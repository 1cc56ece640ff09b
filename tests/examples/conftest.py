"""One running Latchkey for all examples: with a person, a registered service, and a signing key that was revoked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.examples.running import DOCUMENT, EXAMPLES, Running, at_these, blocks, run_shell
from tests.make import PASSWORD, make_administrator
from tests.servers.application import let_go_of
from tests.servers.live import LiveServer
from tests.servers.shared import wait_until
from tests.servers.valkey import free_port
from tests.tokens.forged_tokens import parts_of, sign, signing_key
from webapp.core.parts import part
from webapp.keys.ring import KeyRing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from webapp.keys.ring import RingKey


@dataclass(frozen=True, slots=True)
class Latchkey:
    """`token` is a good one for the service `notes`, signed with `key`; `revoked` signs no more.

    `folder` has the client.json of the service.
    """

    server: LiveServer
    folder: Path
    front_end_port: int
    token: str
    key: RingKey
    revoked: RingKey

    @property
    def url(self) -> str:
        return self.server.url

    def forge(
        self, header: dict[str, Any] | None = None, *, key: RingKey | None = None, **claims: Any
    ) -> str:
        """The good token with these members in place of its own, None taking one away, truly signed."""
        parts = [
            {name: value for name, value in {**own, **changed}.items() if value is not None}
            for own, changed in zip(parts_of(self.token), (header or {}, claims), strict=True)
        ]
        return sign(key or self.key, *parts)


@contextmanager
def inside(server: LiveServer) -> Iterator[Flask]:
    """A second node of the server in this process: what its operator does by commands, without their starts."""
    from webapp import create_app
    from webapp.config import load_settings

    app = create_app(load_settings(server._environment))
    yield app
    let_go_of(app)


def print_token(url: str, *audience: str) -> str:
    """What examples/token.sh prints for the person."""
    words = " ".join(f"'{word}'" for word in ("ada", PASSWORD, *audience))
    return run_shell(f"sh token.sh {words}", {"LATCHKEY_URL": url}, EXAMPLES).strip()


@pytest.fixture(scope="session")
def latchkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Latchkey]:
    from webapp.admin.service import revoke_signing_key
    from webapp.infra.database import unit_of_work

    folder, port = tmp_path_factory.mktemp("examples"), free_port()
    settings = {"CORS_ORIGINS": f"http://localhost:{port}", "CONNECTIONS_ALLOW_NETWORKS": "127.0.0.0/8"}
    server = LiveServer(folder, settings).start()
    register = blocks(DOCUMENT)[0]
    run_shell(at_these(register, {"client.json": f"'{folder}/client.json'"}), server._environment)
    with inside(server) as app:
        make_administrator(app, "ada")
        revoked = signing_key(app)
        with app.app_context():
            with unit_of_work():
                revoke_signing_key(revoked.kid, with_sessions=False, actor_id=None)
            part(KeyRing).forget()
        jwks = f"curl -s {server.url}/.well-known/jwks.json"
        wait_until(lambda: revoked.kid not in run_shell(jwks), "another key")
        yield Latchkey(server, folder, port, print_token(server.url, "notes"), signing_key(app), revoked)
    server.stop()


@pytest.fixture
def front_end(latchkey: Latchkey, tmp_path: Path) -> Iterator[Running]:
    """The React example, on the origin that Latchkey lists."""
    page = EXAMPLES / "react" / "README.md"
    assert "CORS_ORIGINS=http://localhost:5173" in blocks(page)[0]
    block = at_these(blocks(page)[1], {}).replace("npm ci --ignore-scripts\n", "")
    running = Running(block, latchkey.front_end_port, tmp_path / "log", {"LATCHKEY_URL": latchkey.url})
    yield running
    running.stop()
