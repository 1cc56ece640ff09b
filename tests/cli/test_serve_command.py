"""`flask serve` as an operator meets it: the set-up link while it is due, a readable line for what is in the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.config.test_safety import SAFE
from tests.make import set_up_live
from tests.servers.live import run_flask
from tests.servers.valkey import free_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.servers.live import LiveServer

ROOT = Path(__file__).resolve().parents[2]


def flask(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is expected to end by itself."""
    return run_flask(arguments, {"PATH": os.environ["PATH"], "PORT": str(free_port()), **environ})


def assert_refused(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    """It ended with status 1 and told, in a line or two, what to do."""
    assert ran.returncode == 1, ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout
    assert len(ran.stderr.splitlines()) <= 2, ran.stderr
    assert [word for word in words if word not in ran.stderr] == [], ran.stderr


def test_unwritable_instance_folder_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_refused(
        flask("serve", INSTANCE_PATH=str(tmp_path / "file" / "instance")), "INSTANCE_PATH", "Make it writable"
    )


def test_unwritable_place_for_production_data_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_refused(
        flask("serve", **SAFE, INSTANCE_PATH=str(tmp_path / "file" / "instance")), "Make it writable"
    )


def test_database_that_nobody_serves_is_told(tmp_path: Path) -> None:
    url = f"postgresql://latchkey:kept-secret@127.0.0.1:{free_port()}/latchkey"
    ran = flask("serve", INSTANCE_PATH=str(tmp_path), DATABASE_URL=url)
    assert_refused(ran, "The database cannot be opened", "Check DATABASE_URL.")
    assert "kept-secret" not in ran.stderr


def test_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "latchkey.db"
    file.write_text("a text of some length that is not a database" * 50)
    before = file.read_bytes()
    assert_refused(
        flask("serve", INSTANCE_PATH=str(tmp_path)), "The database cannot be opened", "not a database"
    )
    assert file.read_bytes() == before


def test_create_admin_on_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    url = f"postgresql://127.0.0.1:{free_port()}/latchkey"
    options = ("--username", "ada", "--email", "ada@example.org", "--password", "seven quiet lanterns")
    assert_refused(
        flask("create-admin", *options, INSTANCE_PATH=str(tmp_path), DATABASE_URL=url), "DATABASE_URL"
    )


def test_set_up_link_is_printed_only_while_nobody_administers(
    start_server: Callable[..., LiveServer],
) -> None:
    server = start_server()
    assert server.find_setup_link() is not None
    set_up_live(server)
    assert server.stop() == 0
    printed = len(server.read_log())
    server.start()
    assert "/setup/" not in server.read_log()[printed:]
    assert "Latchkey is at" in server.read_log()[printed:]


def test_what_serve_makes_is_readable_by_its_owner_alone(live_server: LiveServer) -> None:
    made = [each for each in (live_server.folder / "instance").iterdir() if each.is_file()]
    assert {"latchkey.db", "secret_key"} <= {each.name for each in made}
    assert {each.stat().st_mode & 0o077 for each in made} == {0}
