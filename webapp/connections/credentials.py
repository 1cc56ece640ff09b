"""How a key is sent to its service: as a token, with a user's name, in a header of its own, or in the query."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from webapp.connections.masking import forms_of

if TYPE_CHECKING:
    from webapp.connections.models import Connection

# In place of a key, whatever its length.
MASKED: Final = "********"
_PLACE: Final = "{key}"


@dataclass(frozen=True, slots=True)
class Credential:
    """One header or one parameter of the query, as it is sent; `forms` are what must not come back."""

    header: tuple[str, str] | None = field(repr=False)
    parameter: tuple[str, str] | None = field(repr=False)
    forms: frozenset[bytes] = field(default=frozenset(), repr=False)

    @property
    def header_name(self) -> str | None:
        """The header that nobody else may set."""
        return None if self.header is None else self.header[0]


def credential_of(connection: Connection, key: str) -> Credential:
    """What is sent with each call of the connection."""
    kind, name = connection.auth_kind, connection.auth_name
    forms = forms_of(key, name if kind == "basic" else None)
    if kind == "query":
        return Credential(None, (name, quote(key, safe="")), forms)
    if kind == "basic":
        return Credential(
            ("Authorization", f"Basic {b64encode(f'{name}:{key}'.encode()).decode()}"), None, forms
        )
    return Credential(_header(connection, key), None, forms)


def shown_credential(connection: Connection) -> Credential:
    """The same for everybody's eyes. It needs no key."""
    if connection.auth_kind == "query":
        return Credential(None, (connection.auth_name, MASKED))
    if connection.auth_kind == "basic":
        return Credential(("Authorization", f"Basic {MASKED}"), None)
    return Credential(_header(connection, MASKED), None)


def _header(connection: Connection, key: str) -> tuple[str, str]:
    if connection.auth_kind == "bearer":
        return "Authorization", f"Bearer {key}"
    return connection.auth_name, (connection.auth_template or _PLACE).replace(_PLACE, key)
