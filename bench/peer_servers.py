"""The Node.js servers that tokens are compared with: installed once, started on a free port, stopped again."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import zlib
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Self

from running import Connection, Session, cpu_seconds_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).with_name("peers")
START_SECONDS = 30


def install(name: str) -> None:
    """Install what the peer's lock file names, unless that has been done."""
    folder = FOLDER / name
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise SystemExit(
            "The peers of this benchmark need Node.js 20 or newer and npm (Debian: nodejs, npm)."
        )
    mark, wanted = (
        folder / "node_modules" / ".mark",
        str(zlib.crc32((folder / "package-lock.json").read_bytes())),
    )
    if mark.exists() and mark.read_text() == wanted:
        return
    print(f"Installing the packages of {name} (once).", flush=True)
    # Every package is used as it was published: none has to run a script or to compile.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "ci", *options], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    mark.write_text(wanted)


class Peer:
    """A server of `bench/peers`, at work within the `with` block. `secret` is that of its one client, `bench`."""

    def __init__(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        install(name)
        self.secret = secrets.token_urlsafe(32)
        self._password = secrets.token_urlsafe(16)
        self._folder = tempfile.TemporaryDirectory(prefix="latchkey-bench-")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._environment = {
            "PATH": os.environ["PATH"],
            "NODE_ENV": "production",
            "PORT": str(self.port),
            "DATABASE": str(Path(self._folder.name) / "peer.db"),
            "CLIENT_SECRET": self.secret,
            "PASSWORD": self._password,
            "ROUNDS": "4",
            **(environment or {}),
        }
        self._script = FOLDER / name / "server.js"

    def __enter__(self) -> Self:
        self._log = (Path(self._folder.name) / "log").open("w+b")
        self._server = subprocess.Popen(
            ["node", str(self._script)], env=self._environment, stdout=self._log, stderr=subprocess.STDOUT
        )
        try:
            self._await_answer()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(20)
        self._log.close()
        self._folder.cleanup()

    def pids(self) -> list[int]:
        return tree_of(self._server.pid)

    def cpu_seconds(self) -> float:
        """What the server has used so far."""
        return cpu_seconds_of(self.pids())

    def open_session(self) -> Session:
        """Sign in from one more browser."""
        browser = Connection(self.port, keeps_cookies=True)
        body = json.dumps({"username": "bencher", "password": self._password}).encode()
        answer = self._expect(browser, "/login", body, {"Content-Type": "application/json"})
        return Session(answer["token"], browser.cookies["refresh_token"], browser.cookies["csrf_token"])

    def client_token(self, authorization: str) -> str:
        """An access token for the client itself (RFC 6749, section 4.4)."""
        body = b"grant_type=client_credentials&scope=read:profile"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization}
        return self._expect(Connection(self.port), "/token", body, headers)["access_token"]

    def _expect(
        self, connection: Connection, path: str, body: bytes, headers: dict[str, str]
    ) -> dict[str, str]:
        status, answer = connection.call("POST", path, body, headers)
        if status != HTTPStatus.OK:
            raise SystemExit(f"{path} of the peer answered {status}: {answer.decode()[:300]}")
        found: dict[str, str] = json.loads(answer)
        return found

    def _await_answer(self) -> None:
        for _ in range(10 * START_SECONDS):
            with contextlib.suppress(OSError):
                Connection(self.port).call("GET", "/healthz")
                return
            if self._server.poll() is not None:
                break
            time.sleep(0.1)
        self._log.seek(0)
        raise SystemExit("The peer did not start:\n" + self._log.read().decode())
