"""docs/tokens.md does what it says: its commands are run in their order, and its programs with what they print."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.examples.running import DOCUMENT, EXAMPLES, at_these, blocks, run_shell
from tests.servers.valkey import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.examples.conftest import Latchkey

pytestmark = pytest.mark.curl


def with_address(text: str, latchkey: Latchkey) -> str:
    return at_these(text, {"http://localhost:8000": latchkey.url})


def test_commands_answer_as_the_text_says(latchkey: Latchkey) -> None:
    # The first registers the service, which the fixture has done with these very words.
    commands = "\n".join(blocks(DOCUMENT)[1:]).replace("localhost:8000", latchkey.url)
    told = run_shell(commands, folder=latchkey.folder)
    introspected, verified, revoked = (json.loads(line) for line in told.splitlines() if line)
    assert (introspected["active"], introspected["username"]) == (True, "ada")
    assert (verified["user"]["username"], verified["scope"]) == ("ada", "notes:read")
    assert revoked == {"active": False}


def test_python_program_takes_the_token(latchkey: Latchkey, tmp_path: Path) -> None:
    (program,) = blocks(DOCUMENT, "python")
    file = tmp_path / "verify.py"
    file.write_text(with_address(program, latchkey))
    for token, printed in ((latchkey.token, "True\n"), (latchkey.forge(scope=""), "False\n")):
        assert run_shell(f"'{sys.executable}' '{file}'", {"TOKEN": token}) == printed
    refused = subprocess.run(
        [sys.executable, file], env={"TOKEN": latchkey.forge(aud="other")}, capture_output=True, check=False
    )
    assert b"InvalidAudienceError" in refused.stderr


@pytest.mark.node
def test_node_program_takes_the_token(latchkey: Latchkey) -> None:
    (program,) = blocks(DOCUMENT, "js")
    command = ["node", "--input-type=module", "--eval", with_address(program, latchkey)]
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    for token, printed in ((latchkey.token, "true\n"), (latchkey.forge(scope=""), "false\n")):
        done = subprocess.run(
            command,
            cwd=EXAMPLES / "node",
            env={**path, "TOKEN": token},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == printed


@pytest.mark.nginx
@pytest.mark.parametrize("document", ["tokens.md", "connections.md"])
def test_lines_for_nginx_are_accepted_by_it(document: str, tmp_path: Path) -> None:
    (lines,) = blocks(DOCUMENT.parent / document, "nginx")
    server = f"server {{ listen 127.0.0.1:{free_port()}; {lines} }}"
    paths = " ".join(f"{kind}_temp_path t;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid p; events {{}} http {{ access_log off; {paths} {server} }}")
    run_shell(f"/usr/sbin/nginx -t -q -e stderr -p '{tmp_path}' -c '{file}'")
