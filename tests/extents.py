"""How many pairs of a place and a hostile input are tried: in the gate each place meets some inputs and each input some
places, in `make soak` all meet all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Place = TypeVar("Place")
SHARE: Final = "share"
EXTENTS: Final = (SHARE, pytest.param("whole", marks=pytest.mark.soak))
# What decides about most inputs is one for all places: a quarter of the pairs meets each of both several times.
_PARTS: Final = 4


def met_by(kind: str, kinds: Iterable[str], places: Sequence[Place], extent: str) -> list[Place]:
    """The places, in their order, where this kind of input is tried."""
    if extent != SHARE:
        return list(places)
    turn = list(kinds).index(kind)
    return [place for number, place in enumerate(places) if (number - turn) % _PARTS == 0]
