"""Which folders root works in: those that nobody else can change, and those of whoever can change the program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_account_commands import run
from tests.config.test_safety import SAFE
from tests.config.test_settings import complaints
from webapp.config import folders, load_settings
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

STRANGER = 4242


class Owners:
    """Who owns what, as far as this machine's real owners are not asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.of: dict[Path, int] = {}
        look = Path.lstat

        def lstat(path: Path) -> os.stat_result:
            found = look(path)
            owner = self.of.get(path, 0)
            return os.stat_result((*found[:4], owner, *found[5:]))

        patch.setattr(Path, "lstat", lstat)
        patch.setattr(os, "geteuid", lambda: 0)


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> Owners:
    return Owners(monkeypatch)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "way" / "data").mkdir(parents=True)
    (tmp_path / "way" / "data").chmod(0o755)
    return tmp_path / "way" / "data"


def refusals(place: Path, database: str = "postgresql://h/d") -> list[str]:
    return list(folders.list_foreign(place, database))


def test_root_works_where_root_alone_can_change_anything(owners: Owners, place: Path) -> None:
    assert refusals(place, f"sqlite:///{place}/latchkey.db") == []
    assert refusals(place / "not" / "yet" / "there") == []


def test_folder_of_another_is_refused_with_who_and_how(owners: Owners, place: Path) -> None:
    owners.of[place] = STRANGER
    (said,) = refusals(place)
    assert said == (
        f"INSTANCE_PATH leads to {place}. As it belongs to the user 4242, who could have root change any file, run "
        "this as that user."
    )
    owners.of[place] = 1
    assert refusals(place)[0].endswith("such as with `runuser -u daemon -- …`.")


def test_folder_on_the_way_is_looked_at_too(owners: Owners, place: Path) -> None:
    owners.of[place.parent] = STRANGER
    assert f"As {place.parent} on the way to it belongs to the user 4242" in refusals(place)[0]
    assert f"As {place.parent} on the way to it" in refusals(place / "not-yet-there")[0]


def test_folder_of_the_database_is_looked_at_and_the_same_fault_is_told_once(
    owners: Owners, place: Path, tmp_path: Path
) -> None:
    owners.of[place] = STRANGER
    (said,) = refusals(tmp_path, f"sqlite:///{place}/latchkey.db")
    assert said.startswith(f"DATABASE_URL leads to {place}.")
    assert len(refusals(place, f"sqlite:///{place}/latchkey.db")) == 1


@pytest.mark.parametrize("laid_by", [0, STRANGER])
def test_link_is_followed_where_root_has_laid_it(
    owners: Owners, place: Path, tmp_path: Path, laid_by: int
) -> None:
    link = tmp_path / "link"
    link.symlink_to(place)
    owners.of[link] = laid_by
    assert bool(refusals(link)) is (laid_by == STRANGER)
    owners.of = {place: STRANGER}
    assert refusals(link)[0].startswith(f"INSTANCE_PATH leads to {place}. As it belongs to the user 4242")


def test_link_to_a_database_is_looked_at_where_it_leads(owners: Owners, place: Path, tmp_path: Path) -> None:
    """SQLite lays its journal there."""
    (tmp_path / "own").mkdir(mode=0o700)
    link = tmp_path / "own" / "latchkey.db"
    link.symlink_to(place / "latchkey.db")
    assert refusals(tmp_path / "own", f"sqlite:///{link}") == []
    owners.of[place] = STRANGER
    (said,) = refusals(tmp_path / "own", f"sqlite:///{link}")
    assert said.startswith(f"DATABASE_URL leads to {place}. As it belongs to the user 4242")


def test_link_that_leads_to_itself_is_no_failure(owners: Owners, tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert refusals(loop / "instance", f"sqlite:///{loop}/latchkey.db") == []


@pytest.mark.parametrize(
    ("mode", "way_mode", "is_refused"),
    [
        (0o777, 0o755, True),
        (0o1777, 0o755, True),
        (0o755, 0o777, True),
        (0o755, 0o1777, False),
        (0o700, 0o755, False),
        # The group of root, whoever that is here, is 0 only where the tests are run by root.
        (0o775, 0o755, os.getgid() != 0),
    ],
)
def test_folder_that_others_may_write_to_is_refused(
    owners: Owners, place: Path, mode: int, way_mode: int, is_refused: bool
) -> None:
    place.chmod(mode)
    place.parent.chmod(way_mode)
    said = refusals(place)
    assert bool(said) is is_refused
    if is_refused:
        assert f"INSTANCE_PATH leads to {place}. Others may write to " in said[0]
        assert "take that right from them, or run this as the user of the server." in said[0]


def test_who_owns_the_program_may_own_its_data(
    owners: Owners, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A developer's folder, mounted into a container, in which root runs it."""
    owners.of[place] = STRANGER
    monkeypatch.setattr(folders, "_owners_of_code", lambda: {STRANGER})
    assert refusals(place) == []


def test_nobody_but_root_is_asked(owners: Owners, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owners.of[place] = STRANGER
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    assert refusals(place) == []


@pytest.mark.parametrize("kind", ["production", "development"])
def test_nothing_starts_and_nothing_is_made_in_the_folder_of_another(
    owners: Owners, place: Path, kind: str
) -> None:
    owners.of[place] = STRANGER
    given = {**SAFE, "APP_ENV": kind, "INSTANCE_PATH": str(place)}
    if kind == "development":
        given = {name: given[name] for name in ("APP_ENV", "INSTANCE_PATH")}
    (said,) = complaints(given)
    assert said.startswith(f"INSTANCE_PATH leads to {place}. As it belongs to")
    assert list(place.iterdir()) == []


def test_relative_path_of_a_database_is_in_the_instance_folder(tmp_path: Path) -> None:
    settings = load_settings({"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": "sqlite:///a/b.db"})
    assert settings.database_url == f"sqlite:///{tmp_path}/a/b.db"


def test_database_by_a_relative_path_is_backed_up(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    app = make_app(DATABASE_URL="sqlite:///latchkey.db")
    ran = run(app, "backup", str(tmp_path / "a.backup"))
    assert ran.exit_code == 0, ran.output
    assert list(elsewhere.iterdir()) == []
    with app.app_context():
        assert db.engine.url.database == str(tmp_path / "latchkey.db")
