"""Who wants to know that the factors of an account have changed: features right of this one, which it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class FactorWatch:
    """Called in the same unit with the id of an account that has a factor more or less."""

    changed: Callable[[str], None]
