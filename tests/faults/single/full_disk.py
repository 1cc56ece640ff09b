"""A disk that is full: a small one of its own where this user may mount one, else files that may not grow."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.live import LiveServer

SMALL = "size=24m,mode=0700"


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Whether the folder is a disk of its own while the block runs."""
    command = ["mount", "-t", "tmpfs", "-o", SMALL, "tmpfs", str(folder)]
    is_mounted = (
        os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )
    try:
        yield is_mounted
    finally:
        if is_mounted:
            # Lazily: whatever a test that failed has left running must not keep it.
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(server: LiveServer, *, is_disk: bool) -> Iterator[None]:
    """No file of the server grows by a byte while the block runs."""
    _empty_log(server._instance / "latchkey.db")
    with _filled(server._instance) if is_disk else _stunted(server):
        yield


def _empty_log(file: Path) -> None:
    """SQLite writes over what was moved into place; from a log that is empty it has to grow at once."""
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    balloon = folder / "balloon"
    with balloon.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            while _fits(file.fileno(), size):
                pass
    try:
        yield
    finally:
        balloon.unlink()


def _fits(descriptor: int, size: int) -> bool:
    try:
        return os.write(descriptor, b"\0" * size) == size
    except OSError:
        return False


@contextmanager
def _stunted(server: LiveServer) -> Iterator[None]:
    assert server.process is not None
    supervisor = server.process.pid
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in map(int, children)}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
