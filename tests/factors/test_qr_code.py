"""The picture of a secret: one path that holds every dark module of the code, and nothing in the quiet zone."""

from __future__ import annotations

import re

import segno

from webapp.factors.qr_code import qr_code_of

TEXT = "otpauth://totp/Latchkey:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Latchkey"
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def test_path_draws_every_module_and_no_other() -> None:
    code = qr_code_of(TEXT)
    drawn = set()
    for x, y, width, back in (map(int, run) for run in RUN.findall(code.path)):
        assert width == back
        drawn |= {(column, y) for column in range(x, x + width)}
    matrix = segno.make_qr(TEXT, error="l").matrix
    dark = {(x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert drawn == dark
    assert RUN.sub("", code.path) == ""


def test_quiet_zone_of_four_modules_is_part_of_the_size() -> None:
    assert qr_code_of(TEXT).size == len(segno.make_qr(TEXT, error="l").matrix) + 8
