"""One way out of the application: nothing but infra/outbound can speak HTTP to others."""

from __future__ import annotations

import ast

from tests.architecture.sources import ROOT, place_of, python_files, tree_of
from tests.architecture.test_imports import imported_names

OUTBOUND = ROOT / "webapp" / "infra" / "outbound"
CLIENTS = (
    "http.client", "urllib.request", "xmlrpc.client", "ftplib", "asyncio",
    "httpcore", "httpx", "h11", "urllib3", "requests", "aiohttp", "pycurl", "websockets",
)  # fmt: skip


def all_imports() -> list[tuple[str, str]]:
    """(file, what it imports) outside of infra/outbound, also within functions and for types."""
    return [
        (place_of(file), name)
        for file in python_files("webapp", "wsgi.py")
        if OUTBOUND not in file.parents
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported_names(node, file)
    ]


def test_only_outbound_imports_what_speaks_http() -> None:
    found = [
        (file, name)
        for file, name in all_imports()
        if any(f"{name}.".startswith(f"{each}.") for each in CLIENTS)
    ]
    assert found == []
