"""The form of a backup: it opens whole, with our key, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ops.backup_world import write_backup
from tests.servers.application import ENVIRONMENT
from webapp.ops.backup_file import PART, BackupUnusable, read_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

SEALED = PART + 16
CONTENT = os.urandom(1000) * (2 * PART // 1000 + 100)
OTHER = "another-encryption-key-0123456789-abcdefghij"


def read(path: Path) -> bytes:
    with path.open("rb") as file:
        return b"".join(read_parts(file))


def head_length(whole: bytes) -> int:
    return 22 + int.from_bytes(whole[18:22], "big")


def in_order(whole: bytes, *numbers: int) -> bytes:
    """The same head with these of its parts."""
    begins = head_length(whole)
    parts = [whole[at : at + SEALED] for at in range(begins, len(whole), SEALED)]
    return whole[:begins] + b"".join(parts[each] for each in numbers)


def turned(whole: bytes, place: int) -> bytes:
    """One bit of it turned."""
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART])
@pytest.mark.usefixtures("at_work")
def test_backup_gives_back_what_was_written(tmp_path: Path, size: int) -> None:
    path = write_backup(tmp_path / "a", CONTENT[:size])
    assert read(path) == CONTENT[:size]
    assert CONTENT[100:140] not in path.read_bytes()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: in_order(whole, 0, 1), "cut short: it ends after part 2"),
        (lambda whole: in_order(whole, 0), "cut short: it ends after part 1"),
        (lambda whole: whole[:-1], "part 3 does not open"),
        (in_order, "part 1 does not open"),
        (lambda whole: in_order(whole, 1, 0, 2), "part 1 does not open"),
        (lambda whole: in_order(whole, 0, 2), "part 2 does not open"),
        (lambda whole: in_order(whole, 0, 1, 1, 2), "part 3 does not open"),
        (lambda whole: in_order(whole, 0, 1, 2, 2), "part 3 does not open"),
        (lambda whole: whole + b"x", "part 3 does not open"),
        (lambda whole: turned(whole, -1 % len(whole)), "part 3 does not open"),
        (lambda whole: turned(whole, head_length(whole) + 5), "part 1 does not open"),
        (lambda whole: whole.replace(b'"schema":"0001"', b'"schema":"0002"'), "part 1 does not open"),
        (lambda whole: whole.replace(b'"made_at":"2', b'"made_at":"1'), "part 1 does not open"),
        (lambda whole: whole.replace(b'"database":"sqlite"', b'"database":"oracle"'), "head of this backup"),
        (lambda whole: whole.replace(b'"salt":"', b'"salt":"z'), "head of this backup"),
        (lambda whole: whole[:40], "head of this backup"),
        (lambda whole: whole[:18] + b"\xff" * 4 + whole[22:], "head of this backup"),
        (lambda whole: b"LATCHKEY BACKUP 2\n" + whole[18:], "newer release"),
        (lambda _: b"", "not a backup"),
        (lambda _: b"SQLite format 3\x00" + bytes(5000), "not a backup"),
        (lambda _: b"LATCHKEY BACKUP 1\n\x00\x00\x10\x00" + b"[" * 4096, "head of this backup"),
        (lambda _: b"LATCHKEY BACKUP 1\n\x00\x00\x00\x02{}", "head of this backup"),
    ],
)
@pytest.mark.usefixtures("at_work")
def test_damaged_backup_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    path = write_backup(tmp_path / "a", CONTENT)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BackupUnusable, match=words):
        read(path)


@pytest.mark.usefixtures("at_work")
def test_part_of_another_backup_is_refused(tmp_path: Path) -> None:
    one, other = (write_backup(tmp_path / name, CONTENT).read_bytes() for name in "ab")
    begins = head_length(one)
    (tmp_path / "a").write_bytes(one[: begins + SEALED] + other[begins + SEALED :])
    with pytest.raises(BackupUnusable, match="part 2 does not open"):
        read(tmp_path / "a")


def test_backup_of_a_former_key_opens_by_the_fallback_alone(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    with make_app().app_context():
        path = write_backup(tmp_path / "a", b"content")
    with make_app(ENCRYPTION_KEY=OTHER).app_context(), pytest.raises(BackupUnusable) as refused:
        read(path)
    assert "made with another ENCRYPTION_KEY" in str(refused.value)
    assert ENVIRONMENT["ENCRYPTION_KEY"] not in str(refused.value)
    fallback = make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=ENVIRONMENT["ENCRYPTION_KEY"])
    with fallback.app_context():
        assert read(path) == b"content"
