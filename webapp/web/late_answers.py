"""Answers that are made after the unit of work: while somebody else is waited for, no database connection is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response


class LateAnswer:
    """What a view returns for it: `make` is called once guard and view have been committed. It may raise a Problem."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Response]) -> None:
        self.make = make
