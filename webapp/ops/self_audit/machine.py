"""Checks of the machine: room on its disk, who may read the instance folder, and as whom the server runs."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bcrypt

from webapp.config.settings import SECRET_NAMES
from webapp.core import clock
from webapp.ops.health import is_nearly_full
from webapp.ops.self_audit.findings import (
    Check,
    Finding,
    Group,
    failed,
    passed,
    warned,
    worse_in_production,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.ops.self_audit.evidence import Evidence, Visit

_MEASURED_ROUNDS: Final = 6
_MEASUREMENTS: Final = 4
_MOST_FILES: Final = 1_000
_GIGABYTE: Final = 2**30
_FULL_BYTES: Final = 100 * 2**20
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Machine:
    """`free` and `size` in bytes, None without an instance folder; `open_files` by name, the folder itself as a dot."""

    password_check: timedelta
    free: int | None
    size: int | None
    open_files: tuple[str, ...]
    writable_secrets: tuple[str, ...]
    is_root: bool


def look_at_machine(visit: Visit) -> Machine:
    """Everything that is quick to see here."""
    folder = visit.settings.instance_path
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        usage = None
    return Machine(
        password_check=_measure(visit.settings.bcrypt_rounds),
        free=usage.free if usage else None,
        size=usage.total if usage else None,
        open_files=tuple(_list_open(folder)),
        writable_secrets=tuple(_list_writable(visit.environ)),
        is_root=os.geteuid() == 0,
    )


def check_disk(evidence: Evidence) -> Finding:
    machine = evidence.of(Machine)
    if machine.free is None or machine.size is None:
        return failed("The instance folder is not there.", "Make it, or set INSTANCE_PATH to one that is.")
    words = f"{_gigabytes(machine.free)} of {_gigabytes(machine.size)} are free where the instance folder is"
    cure = "Make room: without it nothing can be written, and nobody can sign in."
    if machine.free < _FULL_BYTES:
        return failed(f"{words}.", cure)
    if is_nearly_full(machine.free, machine.size):
        return warned(f"{words}.", cure)
    return passed(f"{words}.")


def check_permissions(evidence: Evidence) -> Finding:
    """A backup or a neighbour on the machine must not carry off what the folder holds."""
    open_files = evidence.of(Machine).open_files
    if not open_files:
        return passed("The instance folder and what is in it are for their owner alone.")
    named = ", ".join("the folder itself" if each == "." else each for each in open_files[:4])
    more = f" and {len(open_files) - 4} more" if len(open_files) > 4 else ""
    return worse_in_production(
        evidence.settings.in_production,
        f"Others on this machine have rights in the instance folder: {named}{more}.",
        "Take them away with: chmod -R go= on that folder.",
    )


def check_secret_files(evidence: Evidence) -> Finding:
    names = evidence.of(Machine).writable_secrets
    if names:
        return failed(
            f"Anybody on this machine may write the file of {' and '.join(names)}.",
            "Give the file to root, with mode 0440 and the group of the server.",
        )
    return passed("Nobody else may write the files that secrets are read from.")


def check_user(evidence: Evidence) -> Finding:
    if evidence.of(Machine).is_root:
        return worse_in_production(
            evidence.settings.in_production,
            "This runs as root: a fault in it would be one of the whole machine.",
            "Run it as a user of its own, as deploy/systemd and deploy/Containerfile do.",
        )
    return passed("It runs as a user without special rights.")


def _measure(rounds: int) -> timedelta:
    """What one check of a password takes: from a cheap one, since each round more doubles it.

    The quickest of some, which other work on the machine disturbed least.
    """
    salt, taken = bcrypt.gensalt(_MEASURED_ROUNDS), []
    for _ in range(_MEASUREMENTS):
        begun = clock.monotonic()
        bcrypt.hashpw(b"measured", salt)
        taken.append(clock.monotonic() - begun)
    return timedelta(seconds=min(taken) * 2.0 ** (rounds - _MEASURED_ROUNDS))


def _list_open(folder: Path) -> Iterator[str]:
    """The folder where others may enter or read it, and then the files in it that they may read or write."""
    try:
        if not folder.stat().st_mode & _OTHERS:
            return
        yield "."
        for _, entry in zip(range(_MOST_FILES), sorted(folder.iterdir()), strict=False):
            if entry.lstat().st_mode & _OTHERS and not entry.is_symlink():
                yield entry.name
    except OSError:
        return


def _list_writable(environ: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(SECRET_NAMES):
        path = environ.get(f"{name}_FILE")
        try:
            if path and Path(path).stat().st_mode & stat.S_IWOTH:
                yield name
        except OSError:
            continue


def _gigabytes(size: int) -> str:
    return f"{size / _GIGABYTE:,.1f} GB"


MACHINE: Final = Group(
    "machine",
    "Machine",
    (
        Check("machine.disk", "Room on the disk", ("16.5.2",), check_disk),
        Check("machine.permissions", "Instance folder", ("13.3.2", "14.2.4"), check_permissions),
        Check("machine.secret-files", "Files of secrets", ("13.3.2",), check_secret_files),
        Check("machine.user", "User of the server", ("13.2.2",), check_user),
    ),
)
