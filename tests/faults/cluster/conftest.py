"""One cluster for all faults: each leaves it as it was."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.cluster.town import Town

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    # PostgreSQL runs as a user of its own, who has to get there: the folders of pytest are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="latchkey-cluster-"))
    folder.chmod(0o711)
    try:
        with Town(folder) as town:
            yield town
    finally:
        shutil.rmtree(folder, ignore_errors=True)
