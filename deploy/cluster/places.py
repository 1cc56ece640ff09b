"""Where a cluster lives: its folder, its ports and its secrets, made once and kept."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOBODY = 65534
# Below the ports that the system gives to outgoing connections: none of those takes one while its server is down.
_PORTS = range(20_000, 32_000)
SECRETS = ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER", "DATABASE_PASSWORD", "STORE_PASSWORD")


def server_user() -> int | None:
    """Who PostgreSQL runs as, which refuses to be root: nobody, or (None) whoever starts the cluster."""
    return NOBODY if os.geteuid() == 0 else None


def is_reachable(folder: Path) -> bool:
    """Whether the user of the servers can enter every folder above this one, as far as they exist."""
    if server_user() is None:
        return True
    return all(each.stat().st_mode & 0o001 for each in folder.absolute().parents if each.exists())


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for a cluster that is not to survive; the user of the servers reaches it."""
    folder = Path(tempfile.mkdtemp(prefix="latchkey-cluster-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def open_folder(folder: Path) -> None:
    """Make it, open to the servers' user and to no third. Raises RuntimeError where that user cannot get to it."""
    mode = 0o700 if server_user() is None else 0o711
    for each in reversed([folder, *folder.parents]):
        if not each.exists():
            each.mkdir(mode=mode)
    folder.chmod(mode)
    if not is_reachable(folder):
        raise RuntimeError(
            f"PostgreSQL does not run as root, and the user it runs as cannot enter {folder}. Name a folder elsewhere."
        )


def private_file(path: Path, text: str) -> Path:
    """Write what nobody else on this machine is to read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    return path


def keep_secrets(folder: Path) -> dict[str, Path]:
    """The files of the secrets, by name, made where they are missing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in SECRETS:
        if not (folder / name.lower()).exists():
            private_file(folder / name.lower(), secrets.token_urlsafe(48))
    return {name: folder / name.lower() for name in SECRETS}


def keep_ports(file: Path, names: Sequence[str], fixed: Mapping[str, int]) -> dict[str, int]:
    """A port for each name, the same at every start: addresses, cookies and tokens go on being good."""
    held: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    held |= fixed
    for name in names:
        if name not in held:
            held[name] = free_port(set(held.values()))
    file.write_text(json.dumps(held, indent=2))
    return held


def free_port(taken: set[int]) -> int:
    """A loopback port that nobody listens on just now."""
    while True:
        port = random.choice(_PORTS)  # noqa: S311 - nothing is kept secret by it
        if port in taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
