"""Latchkey itself as an operator runs it: `flask serve` in a process, a port and an instance folder of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from tests.servers.canary_run import NETS
from tests.servers.nursery import start_module
from tests.servers.shared import is_running, wait_until
from tests.servers.valkey import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
STOP_SECONDS = 20


class LiveServer:
    """One running Latchkey. `environment` adds to the development settings it starts with."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.port = int((environment or {}).get("PORT") or free_port())
        self.url = f"http://localhost:{self.port}"
        self._log = folder / "server.log"
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._environment = {
            **passed_on,
            "APP_ENV": "development",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "INSTANCE_PATH": str(folder / "instance"),
            "BCRYPT_ROUNDS": "4",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self._instance = Path(self._environment["INSTANCE_PATH"])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> LiveServer:
        """Start, and wait until it answers. Raises RuntimeError with its log when it ends instead."""
        NETS.follow(self._log)
        with self._log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
            self.process = start_module(
                "tests.servers.watched",
                ["serve"],
                environment=self._environment,
                folder=PROJECT_ROOT,
                streams=(nothing, output, output),
            )
        wait_until(self._answers, "Latchkey to answer")
        return self

    def stop(self) -> int:
        """Stop as an operator does, and return the exit status; kill what does not stop."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            NETS.leave(self._log, self._instance, self._environment.get("DATABASE_URL"))

    def kill(self) -> None:
        """End it at once, workers first, as a power cut would; `start` begins again on what is left."""
        assert self.process is not None
        process, self.process = self.process, None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for pid in [*map(int, children), process.pid]:
            os.kill(pid, signal.SIGKILL)
        process.wait()
        wait_until(lambda: not any(is_running(int(pid)) for pid in children), "the killed workers to be gone")

    def read_log(self) -> str:
        return self._log.read_text(errors="replace")

    def find_setup_link(self) -> str | None:
        """The one-time link it printed for the first administrator, if it did."""
        found = re.search(r"https?://\S+/setup/[\w-]+", self.read_log())
        return found[0] if found else None

    def run_command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run `flask --app wsgi ARGUMENTS` on this server's instance, as its operator would, who types `given`."""
        done = run_flask(arguments, self._environment, given=given)
        NETS.look_at_output(f"the output of {arguments[0]}", done.stdout + done.stderr)
        return done

    def _answers(self) -> bool:
        process = self.process
        if process is None or process.poll() is not None:
            raise RuntimeError(f"Latchkey did not start:\n{self.read_log()[-3000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()


def run_flask(
    arguments: Sequence[str], environment: Mapping[str, str], *, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `flask --app wsgi ARGUMENTS` in these surroundings to its end, while somebody types `given`."""
    with TemporaryFile() as typed, TemporaryFile() as output, TemporaryFile() as errors:
        typed.write(given.encode())
        typed.seek(0)
        process = start_module(
            "flask",
            ["--app", "wsgi", *arguments],
            environment=environment,
            folder=PROJECT_ROOT,
            streams=(typed, output, errors),
        )
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        texts = []
        for each in (output, errors):
            each.seek(0)
            texts.append(each.read().decode())
    return subprocess.CompletedProcess(process.args, status, *texts)
