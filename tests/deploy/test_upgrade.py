"""Two releases side by side while people work: forth, and back, and nobody notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.cluster.places import temporary_folder
from tests.deploy.releases import lay_out_next, lay_out_previous
from tests.faults.cluster.town import Town
from tests.faults.load.judge import UNNOTICED
from tests.servers.shared import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.load.trial import Trial

pytestmark = [pytest.mark.soak, pytest.mark.nginx]


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


def roll(town: Town, trial: Trial, code: Path, *, asks: bool = True) -> None:
    """One node after the other to another release, with work for both in between."""
    for node in town.cluster.nodes:
        node.stop()
        node.code = code
        node.start()
        if asks:
            wait_until(lambda: all(each.is_ready() for each in town.cluster.nodes), "both to be ready")
        trial.crowd.await_good(80)


def newest(town: Town) -> object:
    with town.cluster.database.connect() as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row and row[0]


def test_this_release_takes_over_from_the_one_before_unnoticed(folder: Path) -> None:
    town = Town(folder / "cluster")
    present = town.cluster.nodes[0].code
    previous = lay_out_previous(folder / "previous")
    for node in town.cluster.nodes:
        node.code = previous
    with town:
        before = newest(town)
        trial = town.begin_trial("upgrade from the release before")
        with trial, trial.fault():
            # The release before looks for its own revision: it says that it is not ready, and serves all the same.
            roll(town, trial, present, asks=False)
            town.await_nodes()
        assert newest(town) != before
        assert trial.verdict(UNNOTICED).complaints == ()


def test_next_release_is_rolled_out_and_taken_back_unnoticed(folder: Path) -> None:
    town = Town(folder / "cluster")
    present = town.cluster.nodes[0].code
    following = lay_out_next(folder / "next")
    with town:
        before = newest(town)
        trial = town.begin_trial("upgrade to the next release, and back")
        with trial, trial.fault():
            roll(town, trial, following)
            roll(town, trial, present)
        # Going back takes nodes back, not the schema: what was added waits for the next try.
        assert str(newest(town)) > str(before)
        assert trial.verdict(UNNOTICED).complaints == ()
