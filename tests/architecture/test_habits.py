"""Lessons learnt, held: one clock, one place that commits, tests that can fail."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.architecture.sources import ROOT, place_of, python_files, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLOCK = ROOT / "webapp" / "core" / "clock.py"
COMMITS = ROOT / "webapp" / "infra" / "database"
CLOCK_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "monotonic_ns"), ("time", "localtime"),
}  # fmt: skip
SKIPS = {"skip", "skipif", "xfail", "importorskip"}
# What asserts in other words: pytest's own, playwright's, and the functions of a test folder that say so.
ASSERTING = ("raises", "warns", "fail", "expect", "assert_", "require_", "check_", "to_", "audit")


def calls(file: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call as (node, what it is called on, name): `db.session.commit()` gives ("session", "commit")."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = (
                owner.attr
                if isinstance(owner, ast.Attribute)
                else owner.id
                if isinstance(owner, ast.Name)
                else ""
            )
            yield node, name, node.func.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, "", node.func.id


def test_only_core_clock_reads_the_clock() -> None:
    found = [
        f"{place_of(file)}:{node.lineno} {owner}.{name}()"
        for file in python_files("webapp", "wsgi.py")
        if file != CLOCK
        for node, owner, name in calls(file)
        if (owner, name) in CLOCK_CALLS
    ]
    assert found == []


def test_only_infra_database_commits() -> None:
    found = [
        f"{place_of(file)}:{node.lineno}"
        for file in python_files("webapp", "wsgi.py")
        if COMMITS not in file.parents
        for node, _, name in calls(file)
        if name == "commit"
    ]
    assert found == []


def test_nothing_is_printed_outside_commands() -> None:
    found = [
        f"{place_of(file)}:{node.lineno}"
        for file in python_files("webapp")
        if file.stem not in {"commands", "cli", "start"} and "ops" not in file.parts
        for node, owner, name in calls(file)
        if (owner, name) == ("", "print")
    ]
    assert found == []


def test_tests_of_a_file_have_names_of_their_own() -> None:
    every = list(suite())
    assert len(every) == len({(place, node.name) for place, node in every}), (
        "two tests of a file have one name"
    )


def suite() -> Iterator[tuple[str, ast.FunctionDef]]:
    for file in python_files("tests"):
        if file.name.startswith("test_"):
            for node in ast.walk(tree_of(file)):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield place_of(file), node


def called_names(function: ast.FunctionDef) -> set[str]:
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in called}


def asserts_by_itself(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(function)) or any(
        name.startswith(ASSERTING) for name in called_names(function)
    )


def list_asserting_functions() -> set[str]:
    """Functions beside the tests that assert for them; a class that does so counts by its methods."""
    return {
        node.name
        for file in python_files("tests")
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_") and asserts_by_itself(node)
    }


def find_tests_that_cannot_fail() -> list[str]:
    asserting = list_asserting_functions()
    return [
        f"{place}: {test.name}"
        for place, test in suite()
        if not asserts_by_itself(test) and not called_names(test) & asserting
    ]


def test_every_test_can_fail() -> None:
    assert find_tests_that_cannot_fail() == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    found = [
        f"{place_of(file)}:{node.lineno}"
        for file in python_files("tests")
        for node in ast.walk(tree_of(file))
        if (isinstance(node, ast.Attribute) and node.attr in SKIPS)
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "pytest"
            and {a.name for a in node.names} & SKIPS
        )
    ]
    assert found == []


def is_zero(call: ast.Call) -> bool:
    """`time.sleep(0)` waits for nothing: it lets another thread in."""
    return [getattr(argument, "value", None) for argument in call.args] == [0]


def test_no_test_sleeps() -> None:
    found = [
        f"{place_of(file)}:{node.lineno}"
        for file in python_files("tests")
        if file.name.startswith("test_")
        for node, owner, name in calls(file)
        if ((owner, name) == ("time", "sleep") and not is_zero(node)) or name == "wait_for_timeout"
    ]
    assert found == []
