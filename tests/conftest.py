"""Where the tests' ground comes from: the life of a run, the fixtures that it offers, and how hard hypothesis looks."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["tests.servers.run", "tests.servers.canary_run", "tests.servers.fixtures"]

# A busy machine is no failure, so there is no deadline. In CI the same examples are tried each time.
settings.register_profile("gate", deadline=None, derandomize=os.environ.get("CI") == "true", print_blob=True)
settings.register_profile("soak", deadline=None, max_examples=2_000, stateful_step_count=80, print_blob=True)
settings.load_profile("gate")
