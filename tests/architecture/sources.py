"""The files that the house rules are about, each read once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("webapp", "wsgi.py", "migrations")
EDGES = frozenset({"pages", "api", "forms", "commands"})
# How a finished sign-in is answered, for every feature that ends in one.
ANSWERS = "answers"
# What stands at the edge as a whole: the application's own rooms, and the helpers that speak HTTP.
EDGE_PACKAGES = frozenset({"web", "access"})


@cache
def files(suffixes: tuple[str, ...], places: tuple[str, ...]) -> tuple[Path, ...]:
    """Every file with one of `suffixes` in `places`, in a steady order."""
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else path.rglob("*")
    kept = (file for file in found if file.suffix in suffixes and "node_modules" not in file.parts)
    return tuple(sorted(file for file in kept if "__pycache__" not in file.parts))


def python_files(*places: str) -> tuple[Path, ...]:
    return files((".py",), places or PRODUCT)


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def module_of(file: Path) -> str:
    """The dotted name of a file: webapp.core.clock."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def is_edge_name(name: str) -> bool:
    """Whether a file's name says that it is an edge: pages, account_pages."""
    return name.rpartition("_")[2] in EDGES


def is_edge(file: Path) -> bool:
    """Whether a file of webapp/ may know Flask and the request."""
    parts = file.relative_to(ROOT / "webapp").with_suffix("").parts
    return len(parts) == 1 or parts[0] in EDGE_PACKAGES or is_edge_name(parts[-1]) or parts[-1] == ANSWERS
