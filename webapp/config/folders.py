"""Where this installation keeps its files, and which of these places root must keep away from.

Whoever owns a folder can put another file in the place of each that is in it, and SQLite trusts what lies beside a
database: with a forged journal it has root delete or overwrite any file of the machine.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYBODY: Final = stat.S_IWOTH
_GROUP: Final = stat.S_IWGRP


def database_file(database_url: str) -> Path | None:
    """The file of a database of SQLite's. None for another database, for one in memory, by a URI of SQLite's or by no
    name, and for an address that cannot be read.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        return None
    named = url.database or ""
    is_file = named not in {"", ":memory:"} and not named.startswith("file:") and "\0" not in named
    return Path(named) if is_file and url.get_backend_name() == "sqlite" else None


def placed_in(instance: Path, database_url: str) -> str:
    """The same address; a file that it names by a relative path is in the instance folder."""
    file = database_file(database_url)
    if file is None or file.is_absolute():
        return database_url
    return make_url(database_url).set(database=str(instance / file)).render_as_string(hide_password=False)


def list_foreign(instance: Path, database_url: str) -> Iterator[str]:
    """Why root must not work here, with the cure: somebody else can change a folder. Nothing where nobody is root."""
    if os.geteuid() != 0:
        return
    ways = [("INSTANCE_PATH", each) for each in (instance, _real(instance))]
    file = database_file(database_url)
    if file:
        # SQLite follows a link to a database, and lays its journal beside what it leads to.
        ways += [("DATABASE_URL", each) for each in (file.parent, _real(file.parent), _real(file).parent)]
    seen = set()
    for name, way in ways:
        found = _find_foreign(way)
        if found and found not in seen:
            seen.add(found)
            yield _refusal(name, way, found)


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A folder or a link that somebody else than root can change: its owner, or, with None, whoever may write there."""

    place: Path
    owner: int | None


def _real(path: Path) -> Path:
    # Path.resolve does not take a link that leads to itself.
    return Path(os.path.realpath(path))


def _find_foreign(way: Path) -> _Foreign | None:
    """The first such of a folder and those that it is in."""
    trusted = _owners_of_code() | {0}
    for each in (way, *way.parents):
        try:
            found = each.lstat()
        except OSError:
            # What is not there will be made by root.
            continue
        if found.st_uid not in trusted:
            return _Foreign(each, found.st_uid)
        if _is_open(found, is_last=each == way):
            return _Foreign(each, None)
    return None


def _owners_of_code() -> set[int]:
    """Whoever can change this program has from root what they like, such as a developer whose folder is mounted."""
    here = Path(__file__).resolve()
    return {each.stat().st_uid for each in (here, *here.parents)}


def _is_open(found: os.stat_result, *, is_last: bool) -> bool:
    """Whether others may add files to it; or, where it only leads to the folder, exchange those of others."""
    if not stat.S_ISDIR(found.st_mode):
        return False
    if is_last:
        return bool(found.st_mode & (_ANYBODY | (_GROUP if found.st_gid else 0)))
    return bool(found.st_mode & _ANYBODY) and not found.st_mode & stat.S_ISVTX


def _refusal(name: str, way: Path, foreign: _Foreign) -> str:
    where = "it" if foreign.place == way else f"{foreign.place} on the way to it"
    if foreign.owner is None:
        return (
            f"{name} leads to {way}. Others may write to {where}, and could have root change any file: take that "
            "right from them, or run this as the user of the server."
        )
    try:
        who = pwd.getpwuid(foreign.owner).pw_name
        how = f", such as with `runuser -u {who} -- …`"
    except KeyError:
        who, how = f"the user {foreign.owner}", ""
    return (
        f"{name} leads to {way}. As {where} belongs to {who}, who could have root change any file, run this as that "
        f"user{how}."
    )
