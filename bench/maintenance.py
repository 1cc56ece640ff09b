"""How long anybody waits while maintenance removes hundreds of thousands of rows among millions.

    .venv/bin/python bench/maintenance.py                            a million accounts, on both databases
    .venv/bin/python bench/maintenance.py --accounts 10000 --only sqlite --seconds 60
    .venv/bin/python bench/maintenance.py --database m.db            a copy of a file that `flask seed` has filled

The database is filled by `flask seed`; the trail in a copy is signed anew, so that its secrets are not needed. The
real server serves it under a light load over loopback, first with nothing to be removed. Then its people get rows of
every kind that are past their time, the server starts anew, and the same load goes on while maintenance works them off.
Ends with 1 where one request took over half a second or failed.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import shutil
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from running import ROOT, START_SECONDS, Application, Connection

sys.path.insert(0, str(ROOT))

from scale import databases
from sqlalchemy import create_engine, text
from steady_load import SteadyLoad

from tests.ops.due_rows import DUE, count_due, make_due
from webapp.infra.database.engine import engine_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from steady_load import Times

LONGEST_MILLISECONDS = 500.0
# Of the events of all days that there are, so much is past its time.
CUT = 0.1
EVENTS = "Events kept no longer cut from the audit trail"
WARM_SECONDS = 6.0
LOOK_SECONDS = 2.0


class Inhabited(Application):
    """A server on a database of people; those of the benchmark are made by a command, and administer."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__(4, environment)
        # Nobody of an earlier run, whose password is not known.
        mark = os.urandom(4).hex()
        self._names = [f"bencher{mark}{number}" for number in range(4)]
        self.login_bodies = [
            f'{{"username": "{name}", "password": "{self._password}"}}'.encode() for name in self._names
        ]
        # The first of them works, and the others sign in: an account with 50 sessions loses the least used one.
        self._next_body = itertools.cycle(self.login_bodies[:1])

    def make_people(self) -> None:
        """Before it serves."""
        for name in self._names:
            address = f"{name}@example.org"
            self.run_command(
                "create-admin", "--username", name, "--email", address, "--password", self._password
            )

    def keep_events(self, days: int) -> None:
        """From the next start on."""
        self._environment["AUDIT_RETENTION_DAYS"] = str(days)

    def _await_set_up_link(self) -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._server.poll() is None:
            with contextlib.suppress(OSError):
                if Connection(self.port).call("GET", "/healthz")[0] == HTTPStatus.OK:
                    return ""
            time.sleep(0.1)
        raise SystemExit("The application did not start:\n" + "".join(self._lines))

    def _make_accounts(self, link: str) -> None:
        """They are there."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument(
        "--rows", type=int, help="of each kind, past their time; by default a twentieth of the accounts"
    )
    parser.add_argument("--seconds", type=float, default=120, help="of load while maintenance works, at most")
    parser.add_argument("--only", choices=("postgresql", "sqlite"), help="one database alone")
    parser.add_argument(
        "--database", type=Path, help="a file of SQLite, which is copied, in place of seeding"
    )
    chosen = parser.parse_args()
    kinds = ["sqlite"] if chosen.database else [chosen.only] if chosen.only else ["sqlite", "postgresql"]
    met = [measure(kind, chosen) for kind in kinds]
    sys.exit(0 if all(met) else 1)


def measure(kind: str, chosen: argparse.Namespace) -> bool:
    with prepared(kind, chosen) as environment:
        served = Inhabited(environment)
        begun = time.monotonic()
        served.run_command("db", "upgrade")
        if chosen.database:
            adopt(environment)
        else:
            served.run_command("seed", "--accounts", str(chosen.accounts))
        served.make_people()
        os.sync()
        print(f"{kind}: ready in {time.monotonic() - begun:,.0f} s", flush=True)
        engine = create_engine(engine_url(environment["DATABASE_URL"]))
        with served:
            # Every task has had its first turn.
            time.sleep(WARM_SECONDS)
            quiet = SteadyLoad(served).run(chosen.seconds / 4)
        due = fill(engine, chosen.rows)
        served.keep_events(days_to_keep(engine))
        before = count_cut(engine)
        os.sync()
        with served:
            left, seconds, busy = clear(served, engine, due, chosen.seconds)
        due[EVENTS] = count_cut(engine) - before
        engine.dispose()
    show_removed(kind, due, left, seconds)
    return show_times(kind, quiet, busy)


@contextlib.contextmanager
def prepared(kind: str, chosen: argparse.Namespace) -> Iterator[dict[str, str]]:
    """The environment of an empty database, or of a copy, and of a folder with the secrets that belong to it."""
    with databases(kind) as make, tempfile.TemporaryDirectory(prefix="lk-maintenance-") as folder:
        environment = make()
        if chosen.database:
            shutil.copyfile(chosen.database, environment["DATABASE_URL"].removeprefix("sqlite:///"))
        # A browser may have another refresh token a second after the last.
        yield {**environment, "INSTANCE_PATH": folder, "REFRESH_OVERLAP": "1", "REFRESH_DEADLINE": "1"}


def adopt(environment: dict[str, str]) -> None:
    """Let what other secrets have signed and sealed be of these: no signing keys, and seals of this instance."""
    os.environ.update(environment, APP_ENV="development")
    from webapp.infra import audit_store
    from webapp.infra.audit_seals import SealingKeys
    from webapp.infra.database import db, unit_of_work
    from wsgi import app

    with app.app_context():
        with unit_of_work():
            db.session.execute(text("DELETE FROM signing_keys"))
            keys = SealingKeys()
            for segment in audit_store.list_segments(None, sys.maxsize):
                audit_store.sign_anew(segment, keys.present_id, keys.sign(segment))
        db.session.remove()
        db.engine.dispose()


def fill(engine: Engine, rows: int | None) -> dict[str, int]:
    """Make rows of every kind due, and say how many are, by task."""
    begun = time.monotonic()
    with engine.begin() as connection:
        rows = rows or max(1, (connection.scalar(text("SELECT count(*) FROM accounts")) or 0) // 20)
        for each in DUE:
            make_due(connection, each, rows)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # As autovacuum would have done by then: these rows have come within months.
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        elif driver := connection.connection.driver_connection:
            # Written by requests, they would have been taken into the file a few pages at a time.
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        due = {each.task: count_due(connection, each) for each in DUE}
    print(f"{sum(due.values()):,} rows made due in {time.monotonic() - begun:,.0f} s", flush=True)
    return due


def days_to_keep(engine: Engine) -> int:
    """So that the oldest part of the events is past its time."""
    with engine.connect() as connection:
        moment = connection.scalar(text("SELECT min(occurred_at) FROM audit_events"))
    first = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    age = datetime.now(UTC) - (first if first.tzinfo else first.replace(tzinfo=UTC))
    return max(1, int((1 - CUT) * age / timedelta(days=1)))


def count_cut(engine: Engine) -> int:
    """How many events have been cut from the trail."""
    with engine.connect() as connection:
        found = text("SELECT sum(event_count) FROM audit_segments WHERE cut_at IS NOT NULL")
        return int(connection.scalar(found) or 0)


def clear(
    served: Inhabited, engine: Engine, due: dict[str, int], seconds: float
) -> tuple[dict[str, int], float, Times]:
    """Load until nothing is due any more, or the time is over: what is left, how long that took, and the answers."""
    load, begun, left = SteadyLoad(served), time.monotonic(), dict(due)
    people = threading.Thread(target=load.run, args=(seconds,))
    people.start()
    while people.is_alive() and any(left.values()):
        people.join(LOOK_SECONDS)
        for each in DUE:
            if left[each.task]:
                # For each a connection of its own: nothing is kept from being written back meanwhile.
                with engine.connect() as connection:
                    left[each.task] = count_due(connection, each)
    took = time.monotonic() - begun
    load.stop()
    people.join()
    return left, took, load.times


def show_removed(kind: str, due: dict[str, int], left: dict[str, int], seconds: float) -> None:
    """What maintenance did."""
    print(f"\n{kind}: rows past their time{'':<28}{'due':>10}{'left':>10}")
    for task, number in due.items():
        print(f"    {task:<52}{number:>10,}{left.get(task, 0):>10,}")
    removed = sum(due.values()) - sum(left.values())
    print(f"    {removed:,} rows in {seconds:,.0f} s: {removed / seconds:,.0f} a second")


def show_times(kind: str, quiet: Times, busy: Times) -> bool:
    """How long people waited; whether nobody waited for too long, and nobody in vain."""
    print(f"\n{kind}: milliseconds{'':<12}{'requests':>10}{'p50':>9}{'p99':>9}{'longest':>9}")
    for name in busy.of:
        for when, times in (("without", quiet), ("with", busy)):
            took = sorted(times.of[name])
            middle, most = took[len(took) // 2], took[int(len(took) * 0.99)]
            print(f"    {name:<18}{when:<8}{len(took):>10,}{middle:>9.1f}{most:>9.1f}{took[-1]:>9.1f}")
    late = sum(each > LONGEST_MILLISECONDS for took in busy.of.values() for each in took)
    total = sum(map(len, busy.of.values()))
    print(f"    {late} of {total:,} over {LONGEST_MILLISECONDS:.0f} ms while maintenance worked")
    for failure in (quiet.failures + busy.failures)[:10]:
        print(f"    failed: {failure}")
    return not (late or quiet.failures or busy.failures)


if __name__ == "__main__":
    main()
