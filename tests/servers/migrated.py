"""A database at the newest schema with its signing key, as `serve` leaves it: what tests copy.

It is made in a process of its own: the first test to ask may have moved the clock, and would date the key for all.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def migrate(instance: Path, database_url: str) -> None:
    """Bring an empty database to the newest schema. Raises RuntimeError with what went wrong."""
    command = [sys.executable, "-m", "tests.servers.migrated", str(instance), database_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"the template could not be made:\n{done.stderr[-3000:]}")


def _migrate(instance: Path, database_url: str) -> None:
    from tests.servers.application import build_app, let_go_of
    from webapp.infra.database import unit_of_work
    from webapp.infra.migrations import migrate_to_newest
    from webapp.keys.rotation import ensure_signing_key

    app = build_app(instance, database_url)
    with app.app_context():
        migrate_to_newest()
        with unit_of_work():
            ensure_signing_key()
    let_go_of(app)


if __name__ == "__main__":
    _migrate(Path(sys.argv[1]), sys.argv[2])
