"""Lists, searches and filters of the console, and signing in, with a million accounts and with ten thousand (goal P7).

    .venv/bin/python bench/scale.py                       both databases; takes about a quarter of an hour
    .venv/bin/python bench/scale.py --accounts 100000 --only sqlite

Each database is filled by `flask seed`, served by the real server, and asked over loopback by one administrator.
A figure is the median of the answers to one address in milliseconds. The address of a page deep in a list is followed
from the page before it. PostgreSQL is the wheel of the tests; nothing is written durably there.
What was written while seeding is on the disk before anything is asked. A page is held against the same one at ten
thousand where both have about as many rows: one row says nothing about fifty.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from running import ROOT, Application, Connection

sys.path.insert(0, str(ROOT))

from tests.servers.postgres import PostgresServer
from tests.servers.shared import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = 10_000
LIMITS = {"sqlite": 200.0, "postgresql": 100.0}
RATIO = 2.0
# What whoever has so many people gives their server: the memory it keeps pages in.
POSTGRESQL = {"shared_buffers": "1GB", "autovacuum": "on"}
_OLDER = re.compile(r'<a href="([^"]+)" rel="next">')
_DEPTH = 20
_ROWS_ALIKE = 1.25
ACCOUNTS = "/admin/accounts"
AUDIT = "/admin/audit"
SESSIONS = "/admin/sessions"
# What to call it, and the address.
QUESTIONS = (
    ("dashboard", "/admin"),
    ("accounts", ACCOUNTS),
    ("accounts, by name", f"{ACCOUNTS}?sort=username"),
    ("accounts, by last sign-in", f"{ACCOUNTS}?sort=-last_signed_in_at"),
    ("search: everybody", f"{ACCOUNTS}?q=example"),
    ("search: a first name", f"{ACCOUNTS}?q=selma"),
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


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians in milliseconds and rows of the page, by question."""

    number: int
    of: dict[str, float]
    rows: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=9, help="questions to each address")
    parser.add_argument("--only", choices=sorted(LIMITS), help="one database alone")
    chosen = parser.parse_args()
    is_met = True
    for kind in [chosen.only] if chosen.only else sorted(LIMITS, reverse=True):
        few = measure(kind, min(FEW, chosen.accounts), chosen.repeats)
        many = measure(kind, chosen.accounts, chosen.repeats)
        is_met = show(kind, few, many) and is_met
    sys.exit(0 if is_met else 1)


def measure(kind: str, number: int, repeats: int) -> Figures:
    with database(kind) as environment:
        application = Application(4, environment, accounts=1)
        begun = time.monotonic()
        application.run_command("seed", "--accounts", str(number))
        print(f"{kind}: {number:,} accounts seeded in {time.monotonic() - begun:,.0f} s", flush=True)
        os.sync()
        with application:
            browser = application.open_console()
            found, rows = {}, {}
            for name, path in QUESTIONS:
                found[name], rows[name], deep = ask(browser, path, repeats)
                print(f"  {name:<38}{found[name]:>12.1f} ms", flush=True)
                if deep:
                    deeper = f"{name}, page {_DEPTH}"
                    found[deeper], rows[deeper], _ = ask(browser, deep, repeats)
            found["sign-in (API)"] = time_of(application.sign_in, repeats)
            token = {"Authorization": f"Bearer {application.sign_in()}"}
            found["protected call"] = time_of(
                lambda: browser.call("GET", "/api/v1/me", headers=token), repeats
            )
    return Figures(number, found, rows)


def ask(browser: Connection, path: str, repeats: int) -> tuple[float, int, str | None]:
    """The median of this page, its rows, and the address of one deep behind it, if there are so many."""
    took = []
    for _ in range(repeats + 1):
        begun = time.perf_counter()
        status, page = browser.call("GET", path)
        took.append((time.perf_counter() - begun) * 1000)
        if status != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {status}")
    rows = page.count(b"<tr")
    deep: str | None = path
    for _ in range(_DEPTH - 1):
        older = _OLDER.search(page.decode())
        if older is None:
            deep = None
            break
        deep = unescape(older[1])
        page = browser.call("GET", deep)[1]
    # The first answer pays for what is read once.
    return statistics.median(took[1:]), rows, None if deep == path else deep


def time_of(call: object, repeats: int) -> float:
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()  # type: ignore[operator]
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


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
def database(kind: str) -> Iterator[dict[str, str]]:
    """An empty database of that kind, as the environment names it."""
    with tempfile.TemporaryDirectory(prefix="lk-scale-") as folder:
        if kind == "sqlite":
            yield {"DATABASE_URL": f"sqlite:///{folder}/scale.db"}
            return
        server = PostgresServer(RunFolder(Path(folder), os.getpid()), POSTGRESQL)
        name = server.make_database()
        try:
            yield {"DATABASE_URL": server.url_of(name)}
        finally:
            server.drop_database(name)
            stop = Path(folder, "postgres.pid")
            if stop.exists():
                os.kill(int(stop.read_text()), 15)


if __name__ == "__main__":
    main()
