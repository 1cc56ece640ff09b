"""Runs what the documents print: their shell blocks, word for word, with this run's addresses in place of theirs."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.shared import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
DOCUMENT = ROOT / "docs" / "tokens.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str = "sh") -> list[str]:
    """The fenced blocks of that language, in their order."""
    return [text for kind, text in BLOCK.findall(document.read_text(encoding="utf-8")) if kind == language]


def at_these(text: str, addresses: Mapping[str, str]) -> str:
    """The text with other addresses, and the commands of the environment that the tests run in."""
    for printed, actual in {**addresses, ".venv/bin/": f"{Path(sys.executable).parent}/"}.items():
        assert printed in text or printed == ".venv/bin/", f"{printed} is not in the text"
        text = text.replace("../../" + printed, printed).replace(printed, actual)
    return text


def run_shell(text: str, environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> str:
    """What the block prints. Raises when one of its commands fails."""
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", text],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Running:
    """A program that a block starts and that stays, in a group of its own."""

    def __init__(
        self, text: str, port: int, log: Path, environment: Mapping[str, str], folder: Path = ROOT
    ) -> None:
        self.url = f"http://localhost:{port}"
        self._port, self._log = port, log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-eu", "-c", text],
                cwd=folder,
                env={**os.environ, "PORT": str(port), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, f"an answer on port {port}")

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(15)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(self._log.read_text(errors="replace")[-3000:])
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except OSError:
            return False
        finally:
            connection.close()
        return True
