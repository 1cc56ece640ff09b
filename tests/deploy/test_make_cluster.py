"""`make cluster` as somebody uses it: what it prints leads to an administrator, and Ctrl-C ends everything."""

from __future__ import annotations

import json
import re
import shlex
import signal
import ssl
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from deploy.cluster.node import PROJECT_ROOT
from deploy.cluster.places import free_port, temporary_folder
from tests.make import PASSWORD
from tests.servers.shared import is_running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.soak, pytest.mark.nginx]


def start(folder: Path, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """The process, and all that it said until everything ran."""
    log = folder.parent / "said"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cluster", "--folder", str(folder), "--port", str(port)],
            cwd=PROJECT_ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def has_said_all() -> bool:
        assert process.poll() is None, log.read_text()
        return "Ctrl-C" in log.read_text()

    wait_until(has_said_all, "the cluster to run", seconds=120)
    return process, log.read_text()


def sign_in(url: str, authority: str) -> int:
    asked = urllib.request.Request(
        f"{url}/api/v1/login",
        json.dumps({"username": "ada", "password": PASSWORD}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(
        asked, context=ssl.create_default_context(cafile=authority), timeout=60
    ) as answer:
        return int(answer.status)


def servers_of(folder: Path) -> list[int]:
    return [int(note.read_text().split()[0]) for note in folder.glob("*.running")]


def test_cluster_is_used_by_what_it_prints_and_keeps_its_data() -> None:
    with temporary_folder() as parent:
        folder, port = parent / "my cluster", free_port(set())
        process, said = start(folder, port)
        command = re.search(r"^  (.*) create-admin$", said, re.MULTILINE)
        url = re.search(r"Latchkey is at (\S+)", said)
        authority = re.search(r"certificate  by (.*) \(curl", said)
        assert command
        assert url
        assert authority
        words = [*shlex.split(command[1]), "create-admin", "--username=ada", "--email=ada@example.org"]
        subprocess.run([*words, "--password-stdin"], input=f"{PASSWORD}\n", text=True, check=True)
        assert sign_in(url[1], authority[1]) == 200
        servers = servers_of(folder)
        assert len(servers) == 5
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not any(map(is_running, servers))
        # Killed, it leaves nothing behind either; and what was made is still there.
        process, _ = start(folder, port)
        assert sign_in(url[1], authority[1]) == 200
        servers = servers_of(folder)
        process.kill()
        process.wait()
        wait_until(lambda: not any(map(is_running, servers)), "the watchdog to end everything")
