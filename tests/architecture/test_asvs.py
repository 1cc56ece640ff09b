"""docs/asvs.md is whole and true: each requirement once with its level, all evidence there, every count right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.architecture.asvs_pages import (
    CHAPTERS,
    OVERVIEW,
    PAGES,
    STATES,
    all_rows,
    counted,
    missing_in,
    rows_of,
)
from tests.architecture.sources import ROOT, place_of, python_files

if TYPE_CHECKING:
    from pathlib import Path

# The requirements of OWASP ASVS 5.0.0 that apply here, by their level.
LEVELS = {
    1: (
        "1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.2 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 "
        "3.5.3 4.1.1 5.2.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 "
        "7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 "
        "10.4.3 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 "
        "15.3.1"
    ),
    2: (
        "1.1.1 1.1.2 1.2.9 1.3.3 1.3.6 1.3.7 1.3.10 1.3.11 1.4.2 1.5.2 2.1.2 2.1.3 2.2.3 2.3.2 2.3.3 2.3.4 "
        "2.4.1 3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5 3.4.6 3.5.4 3.7.1 3.7.2 4.1.2 4.1.3 4.2.1 5.4.1 5.4.2 6.1.2 "
        "6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.2 6.6.3 "
        "7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 8.1.2 8.2.3 9.2.2 9.2.3 9.2.4 "
        "10.1.1 10.3.1 10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9 10.4.10 10.4.11 10.6.1 10.6.2 10.7.1 "
        "10.7.2 10.7.3 11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1 12.1.2 "
        "12.3.1 12.3.2 12.3.3 12.3.4 13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.2 13.4.3 "
        "13.4.4 13.4.5 14.1.1 14.1.2 14.2.2 14.2.3 14.2.4 14.3.2 14.3.3 15.1.2 15.1.3 15.2.2 15.2.3 15.3.2 "
        "15.3.3 15.3.4 15.3.5 15.3.6 15.3.7 16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 "
        "16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3"
    ),
    3: (
        "1.2.10 1.3.12 1.5.3 2.3.5 2.4.2 3.1.1 3.2.3 3.3.5 3.4.7 3.4.8 3.5.6 3.5.7 3.5.8 3.6.1 3.7.3 3.7.4 "
        "3.7.5 4.1.4 4.1.5 4.2.2 4.2.3 4.2.4 4.2.5 6.3.5 6.3.6 6.3.7 6.3.8 6.4.5 6.4.6 6.5.6 6.5.7 6.5.8 6.7.1 "
        "6.7.2 7.5.3 8.1.3 8.1.4 8.2.4 8.3.2 8.3.3 8.4.2 10.3.5 10.4.12 10.4.13 10.4.14 10.4.16 11.1.3 11.1.4 "
        "11.2.4 11.2.5 11.3.4 11.3.5 11.5.2 11.6.2 11.7.2 12.1.4 12.1.5 12.3.5 13.1.2 13.1.3 13.1.4 13.2.6 "
        "13.3.3 13.3.4 13.4.6 13.4.7 14.2.5 14.2.6 14.2.7 15.1.4 15.1.5 15.2.4 15.2.5 15.4.1 15.4.2 15.4.3 "
        "15.4.4 16.5.4"
    ),
}
STANDARDS = {"J": 17, "S": 16, "B": 11, "D": 20, "A": 6, "R": 8, "I": 6, "N": 14}
CRYPTOGRAPHY = {
    "bcrypt",
    "cryptography",
    "flask_jwt_extended",
    "hashlib",
    "hmac",
    "itsdangerous",
    "jwt",
    "pyotp",
}
CRYPTOGRAPHY |= {"secrets", "ssl", "webauthn"}


def test_every_requirement_stands_once_with_its_level_in_its_chapter() -> None:
    due = sorted((each, str(level)) for level, ids in LEVELS.items() for each in ids.split())
    rows = [row for page in CHAPTERS for row in rows_of(page)]
    assert len(due) == 286
    assert sorted((row.id, row.level) for row in rows) == due
    assert [row.id for row in rows if f"v{int(row.id.split('.')[0]):02d}-" not in row.page] == []


def test_every_demand_of_the_standards_stands_once() -> None:
    found = [row.id for row in rows_of(ROOT / "docs" / "asvs" / "standards.md")]
    assert found == [f"{letter}{number + 1}" for letter, most in STANDARDS.items() for number in range(most)]


def test_every_row_has_a_known_state_and_what_is_met_is_shown_or_explained() -> None:
    rows = all_rows()
    assert [row.id for row in rows if row.state not in STATES or len(row.evidence) < 8] == []
    # A row that says "met" names what can be looked at, or says what of the whole code it was read for.
    bare = [row.id for row in rows if row.state == "met" and not re.search(r"[`(]", row.evidence)]
    assert bare == []


@pytest.mark.parametrize("page", [OVERVIEW, *PAGES], ids=lambda page: page.stem)
def test_every_named_test_file_setting_and_section_exists(page: Path) -> None:
    assert missing_in(page.read_text(encoding="utf-8"), page) == []


def test_evidence_that_is_not_there_is_found() -> None:
    wrong = [
        "`tests/web/test_headers.py::test_of_nothing`",
        "`webapp/nothing.py`",
        "`NO_SUCH_SETTING`",
        "[keys](../keys.md#nothing)",
    ]
    right = "`tests/web/test_headers.py`, `SECRET_KEY_FILE`, `GET`, [keys](../keys.md#encryption_key)"
    assert [missing_in(text, PAGES[0]) == [] for text in (*wrong, right)] == [*[False] * len(wrong), True]


def test_overview_counts_what_the_chapters_say() -> None:
    text, rows = OVERVIEW.read_text(encoding="utf-8"), all_rows()
    of_chapters = [row for row in rows if row.level]
    lines = [f"](asvs/{page.name}) | {counted(rows_of(page))}" for page in CHAPTERS]
    lines += [
        f"| {level} | {counted([row for row in of_chapters if row.level == str(level)])}" for level in LEVELS
    ]
    for letter in STANDARDS:
        lines.append(f") | {counted([row for row in rows if row.id.startswith(letter)])}")
    for part in (of_chapters, [row for row in rows if not row.level]):
        lines.append(f"| **all** | {counted(part)}")
    assert [line for line in lines if line not in text] == []


def test_self_audit_names_requirements_that_there_are() -> None:
    known = {each for ids in LEVELS.values() for each in ids.split()}
    sources = [file.read_text(encoding="utf-8") for file in python_files("webapp/ops/self_audit")]
    named = {each for source in sources for each in re.findall(r'"(\d+\.\d+\.\d+)"', source)}
    assert (len(named) > 10, named - known) == (True, set())


def test_every_use_of_cryptography_is_in_the_inventory() -> None:
    inventory = (ROOT / "docs" / "asvs" / "inventory.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(webapp/[\w./]+)`", inventory, re.MULTILINE))
    used = {
        "/".join(place_of(file).split("/")[:2])
        for file in python_files("webapp")
        if CRYPTOGRAPHY
        & set(re.findall(r"^ *(?:from|import) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    }
    assert ("webapp/infra" in used, sorted(used - named)) == (True, [])
