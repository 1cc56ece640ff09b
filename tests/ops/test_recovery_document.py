"""docs/recovery.md: every command of it, as a stranger types them, at a service that runs."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from click import Group

from tests.architecture.sources import ROOT
from tests.make import PASSWORD, set_up_live
from tests.servers.application import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from tests.servers.live import LiveServer

BLOCK = re.compile(r"```sh\n(.+?)```", re.DOTALL)
COMMAND = re.compile(r"^\.venv/bin/flask --app wsgi (.+)$", re.MULTILINE)
SECRETS = {name: ENVIRONMENT[name] for name in ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")}


@pytest.mark.soak
def test_every_command_of_the_document_does_what_it_says(
    start_server: Callable[..., LiveServer], tmp_path: Path
) -> None:
    server = start_server(**SECRETS)
    set_up_live(server)
    text = (ROOT / "docs/recovery.md").read_text(encoding="utf-8")
    text = text.replace("/var/backups/latchkey", str(tmp_path)).replace("--out new", f"--out {tmp_path}/new")
    backing_up, by_cron, restoring, practising, replacing = BLOCK.findall(text)

    def run(script: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", "-e", "-c", script]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=server._environment,
            input="replace\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    assert "2026-01-31.backup is whole. SQLite as of 20" in run(backing_up).stdout
    run(by_cron)
    assert len(list(tmp_path.glob("*.backup"))) == 2
    assert "latchkey.db is restored. 0 sessions ended" in run(practising).stdout
    in_use = server.run_command("restore", str(tmp_path / "2026-01-31.backup"), "--replace", "--yes")
    assert (in_use.returncode, "is in use. Stop the server" in in_use.stderr) == (1, True)
    server.stop()
    restored = run(restoring)
    assert "holds 1 account" in restored.stderr
    assert "Nothing is amiss." in restored.stdout
    assert "1. Where there are several nodes" in run(replacing).stdout
    server.start()
    assert sign_in(server) == 200


def sign_in(server: LiveServer) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = json.dumps({"username": "ada", "password": PASSWORD})
    connection.request("POST", "/api/v1/login", body, {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_document_names_commands_and_options_that_are_there(app: Flask) -> None:
    text = (ROOT / "docs/recovery.md").read_text(encoding="utf-8")
    said = [shlex.split(each) for each in COMMAND.findall("".join(BLOCK.findall(text)))]
    assert len(said) > 10
    for name, *arguments in said:
        command = app.cli.commands[name]
        if isinstance(command, Group):
            command = command.commands[arguments.pop(0)]
        with command.make_context(name, arguments):
            pass
