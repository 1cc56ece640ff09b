"""Where a key goes, and how: typed together with it, sealed with it, and changed only together with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from webapp.connections.models import Connection
    from webapp.connections.words import ConnectionWords

_TOGETHER: Final = "Use “Replace key”, which takes both together."
_SENTENCES: Final = {
    "base_url": f"The key was typed for the present address and is sent nowhere else. {_TOGETHER}",
    "auth_kind": f"The key is sent in the way it was typed for. {_TOGETHER}",
    "auth_name": f"The key is sent under the name it was typed for. {_TOGETHER}",
    "auth_template": f"The key is sent between the words it was typed for. {_TOGETHER}",
}


@dataclass(frozen=True, slots=True)
class Sending:
    """The words of a connection about its key, under the names that they have there and in the row."""

    base_url: str
    auth_kind: str
    auth_name: str
    auth_template: str

    def changes_to(self, later: Sending) -> dict[str, Any]:
        """What is different there."""
        return {name: value for name, value in asdict(later).items() if value != getattr(self, name)}

    def refusals_of(self, later: Sending) -> dict[str, str]:
        """Why that is nothing for the key that is there: a sentence for each field that is different.

        Whoever may change a connection could otherwise have its key sent to themselves; on the same host, too, where
        many have a path of their own, or as data that a service shows.
        """
        return {name: _SENTENCES[name] for name in self.changes_to(later)}


def sending_of(described: Connection | ConnectionWords) -> Sending:
    """As it stands in a row or in a description."""
    return Sending(described.base_url, described.auth_kind, described.auth_name, described.auth_template)
