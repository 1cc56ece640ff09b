"""Lists, searches and filters of the console, signing in and renewing: with a million accounts and with ten thousand
(goal P7).

    .venv/bin/python bench/scale.py                       both databases; takes about a quarter of an hour
    .venv/bin/python bench/scale.py --accounts 100000 --only sqlite

Each database is filled by `flask seed`, served by the real server, and asked over loopback by one administrator.
A figure is the median of the answers to one address in milliseconds; the large database and the small one are asked in
turn, so that whatever else the machine does meets both. The address of a page deep in a list is followed
from the page before it. PostgreSQL is the wheel of the tests; nothing is written durably there.
What was written while seeding is on the disk before anything is asked. A page is held against the same one at ten
thousand where both have about as many rows: one row says nothing about fifty.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from running import ROOT, Application, Connection

sys.path.insert(0, str(ROOT))

from tests.servers.postgres import PostgresServer
from tests.servers.shared import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FEW = 10_000
LIMITS = {"sqlite": 200.0, "postgresql": 100.0}
RATIO = 2.0
# What whoever has so many people gives their server: the memory it keeps pages in.
POSTGRESQL = {"shared_buffers": "1GB", "autovacuum": "on"}
_OLDER = re.compile(r'<a href="([^"]+)" rel="next">')
_DEPTH = 20
_ROWS_ALIKE = 1.25
# Signing in and renewing wait for the disk, which takes as long as it likes: they are timed so many times as often.
_SIGN_INS = 5
ACCOUNTS = "/admin/accounts"
AUDIT = "/admin/audit"
SESSIONS = "/admin/sessions"
# What to call it, and the address.
QUESTIONS = (
    ("dashboard", "/admin"),
    ("accounts", ACCOUNTS),
    ("accounts, by name", f"{ACCOUNTS}?sort=name"),
    ("accounts, by last sign-in", f"{ACCOUNTS}?sort=-seen"),
    ("search: everybody", f"{ACCOUNTS}?q=example"),
    ("search: a first name", f"{ACCOUNTS}?q=selma"),
    ("search: a first name, by name", f"{ACCOUNTS}?q=selma&sort=name"),
    ("search: a first name, by last sign-in", f"{ACCOUNTS}?q=selma&sort=-seen"),
    ("search: within an address", f"{ACCOUNTS}?q=ato77%40off"),
    ("search: one", f"{ACCOUNTS}?q=bencher"),
    ("search: a part of numbers", f"{ACCOUNTS}?q=000"),
    ("search: nobody", f"{ACCOUNTS}?q=nobodyatall"),
    ("search: two letters", f"{ACCOUNTS}?q=zu"),
    ("locked", f"{ACCOUNTS}?state=locked"),
    ("unverified", f"{ACCOUNTS}?state=unverified"),
    ("auditors", f"{ACCOUNTS}?role=auditor"),
    ("users", f"{ACCOUNTS}?role=user"),
    ("sessions", SESSIONS),
    ("sessions that ended", f"{SESSIONS}?state=ended"),
    ("audit", AUDIT),
    ("audit: sign-ins", f"{AUDIT}?name=login.succeeded"),
    ("audit: reuse", f"{AUDIT}?name=refresh_token.reused"),
    ("audit: failures", f"{AUDIT}?result=failure"),
    ("audit: nobody's", f"{AUDIT}?name=client.created"),
    ("audit: an address", f"{AUDIT}?address=192.0.2.7"),
    ("audit: a network", f"{AUDIT}?address=192.0.2.0%2F24"),
)


@dataclass(slots=True)
class Figures:
    """Medians in milliseconds and rows of the page, by question."""

    number: int
    of: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A server that runs, an administrator's browser, and what was found."""

    application: Application
    browser: Connection
    figures: Figures

    @classmethod
    def of(cls, application: Application, number: int) -> Asked:
        return cls(application, application.open_console(), Figures(number))

    def call(self, path: str) -> bytes:
        status, page = self.browser.call("GET", path)
        if status != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {status}")
        return page

    def find_deep(self, path: str) -> str | None:
        """The address of the page so many behind this one, if there are so many."""
        for _ in range(_DEPTH - 1):
            older = _OLDER.search(self.call(path).decode())
            if older is None:
                return None
            path = unescape(older[1])
        return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=15, help="questions to each address")
    parser.add_argument("--only", choices=sorted(LIMITS), help="one database alone")
    chosen = parser.parse_args()
    is_met = True
    for kind in [chosen.only] if chosen.only else sorted(LIMITS, reverse=True):
        with databases(kind) as next_environment, ExitStack() as stack:
            asked = []
            for number in (min(FEW, chosen.accounts), chosen.accounts):
                application = Application(4, next_environment(), accounts=1)
                begun = time.monotonic()
                application.run_command("seed", "--accounts", str(number))
                print(f"{kind}: {number:,} accounts seeded in {time.monotonic() - begun:,.0f} s", flush=True)
                os.sync()
                asked.append(Asked.of(stack.enter_context(application), number))
            measure(asked, chosen.repeats)
        is_met = show(kind, *(each.figures for each in asked)) and is_met
    sys.exit(0 if is_met else 1)


def measure(asked: Sequence[Asked], repeats: int) -> None:
    """Fill the figures of each."""
    for name, path in QUESTIONS:
        ask(asked, name, [path] * len(asked), repeats)
        deep = [each.find_deep(path) for each in asked]
        if any(deep):
            ask(asked, f"{name}, page {_DEPTH}", deep, repeats)
    sign_ins = [each.application.sign_in for each in asked]
    keep(asked, "sign-in (API)", sign_ins, _SIGN_INS * repeats)
    keep(asked, "refresh (API)", [renewal_of(each.application) for each in asked], _SIGN_INS * repeats)
    calls = [partial(call_protected, each, each.application.sign_in()) for each in asked]
    keep(asked, "protected call", calls, repeats)


def ask(asked: Sequence[Asked], name: str, paths: Sequence[str | None], repeats: int) -> None:
    """One page of each, where it is there."""
    there = [(each, path) for each, path in zip(asked, paths, strict=True) if path]
    for each, path in there:
        # The first answer pays for what is read once.
        each.figures.rows[name] = each.call(path).count(b"<tr")
    keep([each for each, _ in there], name, [partial(each.call, path) for each, path in there], repeats)


def renewal_of(application: Application) -> Callable[[], None]:
    """Renews the session of one more browser, with the refresh token that it was given last."""
    browser = Connection(application.port, keeps_cookies=True)

    def call(path: str, body: bytes | None, headers: dict[str, str]) -> None:
        status, answer = browser.call("POST", path, body, headers)
        if status != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {status}: {answer.decode()[:300]}")

    call("/api/v1/login", application.login_bodies[0], {"Content-Type": "application/json"})
    return lambda: call(
        "/api/v1/refresh", b"", {"X-CSRF-TOKEN": browser.cookies["__Host-csrf_refresh_token"]}
    )


def call_protected(asked: Asked, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    status, answer = asked.browser.call("GET", "/api/v1/protected", headers=headers)
    if status != HTTPStatus.OK:
        raise SystemExit(f"A protected call answered {status}: {answer.decode()[:300]}")


def keep(asked: Sequence[Asked], name: str, calls: Sequence[Callable[[], object]], repeats: int) -> None:
    """Call one after the other, in turn, and keep the median of each."""
    took: list[list[float]] = [[] for _ in asked]
    for _ in range(repeats):
        for call, times in zip(calls, took, strict=True):
            begun = time.perf_counter()
            call()
            times.append((time.perf_counter() - begun) * 1000)
    for each, times in zip(asked, took, strict=True):
        each.figures.of[name] = statistics.median(times)
    shown = "".join(f"{each.figures.of[name]:>12.1f}" for each in asked)
    print(f"  {name:<38}{shown:>24} ms", flush=True)


def show(kind: str, few: Figures, many: Figures) -> bool:
    """Print the table; whether every figure is within its limit and ratio."""
    limit = LIMITS[kind]
    print(
        f"\n{kind}: median in ms; limit {limit:.0f} ms, and {RATIO}x (of 5 ms at least) of the same at {few.number:,}"
    )
    print(f"{'':<40}{few.number:>12,}{many.number:>12,}{'ratio':>8}")
    is_met = True
    for name, took in many.of.items():
        before = few.of.get(name)
        rows, rows_before = many.rows.get(name, 0), few.rows.get(name, 0)
        if before is not None and rows > _ROWS_ALIKE * rows_before:
            print(f"{name:<40}{before:>12.1f}{took:>12.1f}{'':>8}  {rows_before} rows there, {rows} here")
            is_met = is_met and took <= limit
            continue
        ratio = "" if before is None else f"{took / before:.2f}"
        good = took <= limit and (before is None or took <= RATIO * max(before, 5.0))
        is_met = is_met and good
        shown = "" if before is None else f"{before:.1f}"
        print(f"{name:<40}{shown:>12}{took:>12.1f}{ratio:>8}{'' if good else '  missed'}")
    return is_met


@contextmanager
def databases(kind: str) -> Iterator[Callable[[], dict[str, str]]]:
    """What gives the environment that names an empty database of that kind, another one each time."""
    with tempfile.TemporaryDirectory(prefix="lk-scale-") as folder:
        if kind == "sqlite":
            names = itertools.count()
            yield lambda: {"DATABASE_URL": f"sqlite:///{folder}/{next(names)}.db"}
            return
        server = PostgresServer(RunFolder(Path(folder), os.getpid()), POSTGRESQL)
        made: list[str] = []

        def make() -> dict[str, str]:
            made.append(server.make_database())
            return {"DATABASE_URL": server.url_of(made[-1])}

        try:
            yield make
        finally:
            for name in made:
                server.drop_database(name)
            stop = Path(folder, "postgres.pid")
            if stop.exists():
                os.kill(int(stop.read_text()), 15)


if __name__ == "__main__":
    main()
