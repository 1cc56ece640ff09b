"""The key of a connection through a test run: what the nets catch fails the test in which they caught it.

After each test whose application has sealed a key, its database is looked through; and so are the new lines in the logs
of running servers, what was printed, and, when a server stops, all that it leaves.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.servers.canary import LogNet, find_in_log, has_key, put_nets_around, without_key
from tests.servers.canary_dumps import find_in_database, find_in_files

if TYPE_CHECKING:
    from collections.abc import Generator

    from flask import Flask
    from playwright.sync_api import Request

# Where an administrator types a key.
_TYPED: Final = "/admin/connections/"


class Nets:
    """What they have caught in this process since the last test."""

    def __init__(self) -> None:
        self._found: list[str] = []
        # Of applications that have sealed a key, by their ids.
        self._places: dict[int, tuple[str, Path]] = {}
        self._logs: dict[Path, int] = {}

    def tell(self, where: str) -> None:
        """The key was found there."""
        self._found.append(where)

    def take(self) -> list[str]:
        """Each place once, and none of them again."""
        found, self._found = self._found, []
        return list(dict.fromkeys(found))

    def watch(self, app: Flask, database_url: str, instance: Path) -> None:
        """Look at all its answers, and after each test at its database once that has a key."""
        number, place = id(app), (database_url, instance)
        put_nets_around(app, self.tell, lambda: self._places.setdefault(number, place))

    def let_go_of(self, app: Flask) -> None:
        """Its database is about to be somebody else's."""
        self._places.pop(id(app), None)

    def follow(self, log: Path) -> None:
        """From now on, look at what a running server writes there."""
        self._logs.setdefault(log, 0)

    def leave(self, log: Path, instance: Path, database_url: str | None) -> None:
        """The server has stopped: look at all that it leaves."""
        self.look_at_logs()
        self._logs.pop(log, None)
        self._found += find_in_files(instance)
        self._found += find_in_database(database_url or f"sqlite:///{instance / 'latchkey.db'}")

    def look_at_request(self, request: Request) -> None:
        """What a page of a browser sends, but for a key that is typed in."""
        sent = "\n".join([request.url, *request.headers.values()]).encode()
        if _TYPED not in request.url:
            sent += request.post_data_buffer or b""
        if has_key(sent):
            self.tell(f"a request of a page: {without_key(request.url)}")

    def look_at_output(self, where: str, output: str) -> None:
        """What a command has printed."""
        if has_key(output.encode("utf-8", "replace")):
            self.tell(where)

    def look_at_logs(self) -> None:
        """What running servers have written since."""
        for log, known in self._logs.items():
            if log.exists() and log.stat().st_size > known:
                content = log.read_bytes()
                # Looked at again from a little before: a line may have been half written.
                self._found += find_in_log(content[max(0, known - 1000) :]) if known else find_in_log(content)
                self._logs[log] = len(content)

    def look_after_test(self) -> list[str]:
        """Everything that is to be looked at where a test ends; all that was found."""
        self.look_at_logs()
        for database_url, folder in set(self._places.values()):
            self._found += [*find_in_database(database_url), *find_in_files(folder)]
        return self.take()


NETS: Final = Nets()


def pytest_configure() -> None:
    logging.getLogger().addHandler(LogNet(NETS.tell))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    """Before its databases go: they are looked through where the test ends."""
    result = yield
    _require_nothing(NETS.look_after_test())
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    """What came while servers stopped and answers were closed, and what a test that failed anyway has left."""
    result = yield
    _require_nothing(NETS.take())
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What was printed; the report of it goes without the key."""
    report = yield
    printed = {name: text for name, text in report.sections if has_key(text.encode("utf-8", "replace"))}
    if printed:
        report.sections = [(name, without_key(text)) for name, text in report.sections]
        # Each later report repeats what was printed before.
        if report.passed and any(name.endswith(report.when) for name in printed):
            report.outcome, report.longrepr = "failed", _sentence(["what was printed"])
    return report


def _require_nothing(found: list[str]) -> None:
    if found:
        pytest.fail(_sentence(found), pytrace=False)


def _sentence(found: list[str]) -> str:
    return f"the key of a connection stands in: {'; '.join(found)}"
