"""What holds for every file: its length, its first words, and words that must not occur."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.architecture.sources import ROOT, files, place_of, python_files, tree_of

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 300
PLACES = ("webapp", "wsgi.py", "migrations", "tests", "bench", "static", "templates", "examples")
STORAGE_WORDS = ("localStorage", "sessionStorage", "innerHTML", "eval(")
ROOM_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# Written in pieces, so that this list does not find itself.
ORIGIN_WORDS = re.compile(
    "|".join(
        ("cla" + "ude", "sub" + "agent", "open" + "ai", r"\bLL" + r"M\b", "/wo" + "rk/", "chat" + "gpt")
    ),
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
TEXT = (
    ".py",
    ".js",
    ".css",
    ".html",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".json",
    ".yml",
    ".yaml",
    ".conf",
    ".service",
    ".sh",
)
WRITTEN = (
    *PLACES,
    "docs",
    "deploy",
    "README.md",
    "CONTRIBUTING.md",
    "STYLE.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "Makefile",
    ".ci/run",
)


def lines_with(pattern: re.Pattern[str], file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [
        f"{place_of(file)}:{number} {line.strip()[:80]}"
        for number, line in enumerate(lines, 1)
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_300_lines() -> None:
    long = {
        place_of(file): length
        for file in files((".py", ".js", ".css", ".html"), PLACES)
        if (length := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_storage_and_markup_words_do_not_occur_in_static_files() -> None:
    pattern = re.compile("|".join(map(re.escape, STORAGE_WORDS)))
    assert [
        line
        for file in files((".js", ".css", ".html", ".svg"), ("static",))
        for line in lines_with(pattern, file)
    ] == []


def test_no_file_has_a_room_name_that_says_nothing() -> None:
    # templates/base.html and css/base.css are what everything of their kind begins with.
    found = [
        place_of(file)
        for file in files((".py", ".js"), PLACES)
        if file.stem in ROOM_NAMES or file.parent.name in ROOM_NAMES
    ]
    assert found == []


def test_nothing_says_how_it_was_produced_or_is_unfinished() -> None:
    every = [
        *files(TEXT, WRITTEN),
        *(ROOT / name for name in ("Makefile", ".ci/run") if (ROOT / name).exists()),
    ]
    assert [line for file in every for line in lines_with(ORIGIN_WORDS, file)] == []
    assert [line for file in every for line in lines_with(UNFINISHED, file)] == []


def test_every_module_says_what_it_is() -> None:
    places = [
        file
        for file in python_files("webapp", "wsgi.py", "tests", "bench")
        if file.read_text(encoding="utf-8").strip()
    ]
    assert [place_of(file) for file in places if not ast.get_docstring(tree_of(file))] == []


def test_every_package_opens_with_two_to_six_lines() -> None:
    wrong = {}
    for folder in sorted({file.parent for file in python_files("webapp")}):
        opening = folder / "__init__.py"
        words = ast.get_docstring(tree_of(opening)) if opening.exists() else None
        lines = len([line for line in (words or "").splitlines() if line.strip()])
        # webapp/__init__ is the map of the house, and as long as the house is wide.
        if lines < 2 or (lines > 6 and folder.name != "webapp"):
            wrong[place_of(folder)] = lines
    assert wrong == {}
