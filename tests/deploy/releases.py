"""Other releases to run beside this one: the one before, and a next one with a migration of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import venv
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("webapp", "templates", "static", "migrations")
NEXT = '''"""A column and a table of the next release."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("badges", sa.Column("id", sa.String(26), primary_key=True), sa.Column("name", sa.String(40)))
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("badge", sa.String(26), nullable=True))
        accounts.add_column(sa.Column("badges_shown", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("badges_shown")
        accounts.drop_column("badge")
    op.drop_table("badges")
'''


def newest_migration() -> Path:
    return max((ROOT / "migrations" / "versions").glob("[0-9]*.py"))


def lay_out_previous(folder: Path) -> Path:
    """The release that this one follows: the last state of the history that lacks the newest migration, and runs."""
    file = str(newest_migration().relative_to(ROOT))
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", file).decode().strip()
    for commit in _git("rev-list", f"{added}^" if added else "HEAD").decode().split():
        shutil.rmtree(folder, ignore_errors=True)
        with tarfile.open(
            fileobj=BytesIO(_git("archive", commit, *PARTS, "wsgi.py", "requirements.txt"))
        ) as files:
            files.extractall(folder, filter="data")
        (folder / ".venv").symlink_to(_install(folder / "requirements.txt", folder.parent))
        if _runs(folder):
            return folder
    raise AssertionError("the history has no release before this one")


def _install(requirements: Path, folder: Path) -> Path:
    """An environment with these packages in a folder: a release runs with those that it was made with."""
    found = folder / f"packages-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if not found.exists():
        venv.create(found, with_pip=True)
        pip = [str(found / "bin" / "python"), "-m", "pip", "install", "-q", "--no-input"]
        subprocess.run([*pip, "--require-hashes", "-r", str(requirements)], check=True)
    return found


def _runs(folder: Path) -> bool:
    """Whether the application loads: a state between two steps of one change may not."""
    environment = {"PATH": os.environ["PATH"], "INSTANCE_PATH": str(folder / "instance")}
    tried = subprocess.run(
        [folder / ".venv" / "bin" / "python", "-c", "import wsgi"],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def lay_out_next(folder: Path) -> Path:
    """This release as it is, and one more migration, which expands."""
    folder.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "wsgi.py", folder)
    before = newest_migration().name[:4]
    revision = f"{int(before) + 1:04}"
    file = folder / "migrations" / "versions" / f"{revision}_badges.py"
    file.write_text(NEXT.format(revision=revision, before=before))
    return folder


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout
