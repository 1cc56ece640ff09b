"""A text as a picture that a phone reads: the modules of a QR code as one path."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

# ISO/IEC 18004 asks for four light modules on each side.
_QUIET_ZONE: Final = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """`path` is the data of one SVG path in a square of `size`, quiet zone included; what it fills is dark."""

    size: int
    path: str


def qr_code_of(text: str) -> QrCode:
    """The picture. Each run of dark modules in a row is a rectangle one module high."""
    # Loaded with the first picture (decision 21).
    import segno

    # Little correction, more only where it costs no module: a screen is clean, and large modules are read more easily.
    matrix = segno.make_qr(text, error="l").matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, modules in groupby(row):
            width = len(list(modules))
            if dark:
                runs.append(f"M{x + _QUIET_ZONE} {y + _QUIET_ZONE}h{width}v1h-{width}z")
            x += width
    return QrCode(len(matrix) + 2 * _QUIET_ZONE, "".join(runs))
