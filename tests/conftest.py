"""Where the tests' ground comes from: the life of a run, and the fixtures that it offers."""

from __future__ import annotations

pytest_plugins = ["tests.servers.run", "tests.servers.fixtures"]
