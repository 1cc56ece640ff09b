"""The pages of docs/asvs read as tables, and whether what they name is there."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.architecture.sources import ROOT
from webapp.config.settings import SECRET_NAMES, SETTING_NAMES

if TYPE_CHECKING:
    from pathlib import Path

STATES = ("met", "partly", "not met", "operator's", "not offered")
OVERVIEW = ROOT / "docs" / "asvs.md"
PAGES = tuple(sorted((ROOT / "docs" / "asvs").glob("*.md")))
CHAPTERS = tuple(page for page in PAGES if re.fullmatch(r"v\d\d-.+", page.stem))
# What OpenSSL reads, and nobody here.
FOREIGN_SETTINGS = {"SSL_CERT_FILE"}
FOLDERS = (
    "webapp/",
    "tests/",
    "static/",
    "templates/",
    "docs/",
    "deploy/",
    "examples/",
    "migrations/",
    "bench/",
)


class Row(NamedTuple):
    """A line of a table: which requirement, what of it holds, and what shows that."""

    page: str
    id: str
    level: str
    state: str
    evidence: str


def rows_of(page: Path) -> list[Row]:
    found = []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and re.fullmatch(r"\d+\.\d+\.\d+|[A-Z]\d+", cells[0]):
            level = cells[1] if len(cells) == 5 else ""
            found.append(Row(page.stem, cells[0], level, cells[-2], cells[-1]))
    return found


def all_rows() -> list[Row]:
    return [row for page in PAGES for row in rows_of(page)]


@cache
def names_of_tests(path: str) -> frozenset[str]:
    return frozenset(
        re.findall(r"^ *def (test_\w+)\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    )


@cache
def sections_of(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as a reader of Markdown makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def is_there(code: str) -> bool:
    """Whether what stands as code exists, as far as it names a test, a file or a setting."""
    path, _, test = code.partition("::")
    if path.startswith(FOLDERS):
        return (ROOT / path).exists() and (not test or test in names_of_tests(path))
    if setting := re.fullmatch(r"([A-Z]+(?:_[A-Z]+)+)(?:=.*)?", code):
        name = setting[1]
        return name in SETTING_NAMES | FOREIGN_SETTINGS or name.removesuffix("_FILE") in SECRET_NAMES
    return True


def missing_in(text: str, page: Path) -> list[str]:
    """Names of tests, files and settings, and links to sections, that lead nowhere."""
    found = [code for code in re.findall(r"`([^`]+)`", text) if not is_there(code)]
    for target in re.findall(r"\]\((?!https:)([^)]+)\)", text):
        name, _, section = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        if not other.exists() or (section and section not in sections_of(other)):
            found.append(target)
    return found


def counted(rows: list[Row]) -> str:
    """The cells of a line of the overview."""
    numbers = [sum(row.state == state for row in rows) for state in STATES]
    return " | ".join(map(str, [*numbers, len(rows)])) + " |"
