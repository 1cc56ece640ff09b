"""The life of a test run: one folder for all its workers, and the end of every server in it."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.network import stay_on_this_machine
from tests.servers.shared import RunFolder

if TYPE_CHECKING:
    from collections.abc import Generator

RUN_FOLDER = pytest.StashKey[RunFolder]()
FAILED = pytest.StashKey[bool]()
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# What `make test` installs, or says that it cannot.
NEEDED = {
    "browser": (Path("/usr/bin/chromium-headless-shell"),),
    "curl": (Path("/usr/bin/curl"),),
    "nginx": (Path("/usr/sbin/nginx"),),
    "node": (EXAMPLES / "node" / "node_modules" / ".mark", EXAMPLES / "react" / "node_modules" / ".mark"),
}
# How far into the files that compute those that wait are mixed.
MIXED_SHARE = 0.7
STARTED = {"start_server", "live_server", "start_worker", "latchkey"}
KINDS = {
    "database": ("database_kind", ["sqlite", "postgresql"]),
    "limits": ("limits_kind", ["memory", "valkey"]),
}


def pytest_configure(config: pytest.Config) -> None:
    stay_on_this_machine()
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is None:
        run = RunFolder(Path(tempfile.mkdtemp(prefix="latchkey-")), os.getpid())
    else:
        run = RunFolder(Path(given["run_folder"]), given["lifeline"])
    config.stash[RUN_FOLDER] = run


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the run's servers are."""
    run = node.config.stash[RUN_FOLDER]
    node.workerinput.update(run_folder=str(run.path), lifeline=run.lifeline)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and RUN_FOLDER in config.stash:
        run = config.stash[RUN_FOLDER]
        run.stop_all()
        shutil.rmtree(run.path, ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `database` or `limits` runs on each kind of server."""
    for mark, (fixture, kinds) in KINDS.items():
        if metafunc.definition.get_closest_marker(mark):
            metafunc.parametrize(fixture, kinds, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests unless they are asked for, and those whose program is missing where CI is not set;
    and put the rest in order.
    """
    left_out = [item for item in items if _is_left_out(item, config)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items[:] = _mixed(items)


def _mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """File by file, those that wait for processes evenly among the first of those that compute: so that there is always
    something to compute, and at the end short files leave no worker without work.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [file for file, its in files.items() if any(map(_waits, its))]
    others = [file for file in files if file not in waiting]
    places = {file: number * len(others) * MIXED_SHARE / len(waiting) for number, file in enumerate(waiting)}
    places |= {file: number for number, file in enumerate(others)}
    return [item for file in sorted(files, key=lambda file: places[file]) for item in files[file]]


def _waits(item: pytest.Item) -> bool:
    return not STARTED.isdisjoint(getattr(item, "fixturenames", ())) or any(
        map(item.get_closest_marker, NEEDED)
    )


def _is_left_out(item: pytest.Item, config: pytest.Config) -> bool:
    wants_long = "soak" in config.getoption("markexpr") or os.environ.get("SOAK") == "1"
    if item.get_closest_marker("soak") and not wants_long:
        return True
    lacking = any(
        item.get_closest_marker(mark) and not needed.exists()
        for mark, needed_files in NEEDED.items()
        for needed in needed_files
    )
    return lacking and os.environ.get("CI") != "true"


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: it need not be searched for garbage with every few applications."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know, when they end, that the test failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report
