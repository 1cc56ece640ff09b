"""What the checks go by: pieces that are gathered once, each by its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from webapp.ops.self_audit.findings import NotAsked, NotKnown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from webapp.config import Settings
    from webapp.web.origin import Arrived

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True)
class Visit:
    """One run: what it goes by from the start. `arrived` is the request that asked for it; a command has none."""

    settings: Settings
    environ: Mapping[str, str]
    moment: datetime
    arrived: Arrived | None = None
    is_offline: bool = False


class Evidence:
    """The visit, and what was found out in it. Of what was not, the reason is held."""

    def __init__(self, visit: Visit, pieces: Mapping[type, object]) -> None:
        self.visit = visit
        self.settings = visit.settings
        self._pieces = pieces

    def of(self, kind: type[Piece]) -> Piece:
        """The piece of this kind. Raises NotKnown and NotAsked."""
        found = self._pieces.get(kind, NotAsked())
        if isinstance(found, (NotKnown, NotAsked)):
            raise found
        return cast("Piece", found)
