"""Who may know whom, where import-linter's contracts cannot say it: no module is in a circle, edges keep apart."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.architecture.sources import ROOT, is_edge, is_edge_name, module_of, place_of, python_files, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLASK = frozenset({"flask", "werkzeug", "flask_jwt_extended", "flask_limiter", "flask_wtf", "wtforms"})
MODULES = {module_of(file): file for file in python_files("webapp")}


def run_time_imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports made when a module is loaded: not those for types only, nor those inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from run_time_imports(child)


def imported_names(statement: ast.Import | ast.ImportFrom, file: Path) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    package = module_of(file).split(".")
    if statement.level:
        package = package[: len(package) - statement.level + (file.name == "__init__.py")]
        start = ".".join([*package, *([statement.module] if statement.module else [])])
    else:
        start = statement.module or ""
    return [f"{start}.{alias.name}" for alias in statement.names]


def modules_imported_by(file: Path) -> set[str]:
    found = set()
    for statement in run_time_imports(tree_of(file)):
        for name in imported_names(statement, file):
            # `from package import module` names a module; `from module import name` names something in one.
            target = name if name in MODULES else name.rpartition(".")[0]
            if target in MODULES and target != module_of(file):
                found.add(target)
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other (Tarjan), each at least two."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for target in sorted(graph[module]):
            if target not in index:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], index[target])
        if low[module] == index[module]:
            place = stack.index(module)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found


def test_no_module_is_in_a_circle_of_imports() -> None:
    assert circles({module: modules_imported_by(file) for module, file in MODULES.items()}) == []


def test_circle_of_two_modules_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == [["a", "b"]]


def test_flask_is_known_at_the_edges_only() -> None:
    found = [
        f"{place_of(file)}:{node.lineno} {name}"
        for file in python_files("webapp")
        if not is_edge(file)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported_names(node, file)
        if name.split(".")[0] in FLASK
    ]
    assert found == []


def test_edge_uses_no_edge_of_another_feature() -> None:
    found = []
    for module, file in MODULES.items():
        feature, name = module.split(".")[1:2], module.rpartition(".")[2]
        if not is_edge_name(name) or len(module.split(".")) != 3:
            continue
        for target in modules_imported_by(file):
            other = target.split(".")
            if is_edge_name(other[-1]) and other[1:2] != feature and other[1] not in {"web", "access"}:
                found.append(f"{module} -> {target}")
    assert found == []


def test_core_imports_no_third_party() -> None:
    import sys

    found = [
        f"{place_of(file)}: {name}"
        for file in python_files("webapp/core")
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported_names(node, file)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("webapp.core")
    ]
    assert found == []
    assert (ROOT / "webapp" / "core").is_dir()
