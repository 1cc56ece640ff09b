"""What may be the name of a client, an audience or a scope of a service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.accounts.scopes import LONGEST_SCOPE, belongs_here, is_scope
from webapp.core.errors import InvalidInput
from webapp.core.one_line import require_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 80
LONGEST_AUDIENCE = 200
MOST_SCOPES = 50
# As many as fit into the claim of a token, with its other claims.
LONGEST_SCOPE_LIST = 1000
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?&=%+,;@!$'()*\[\]-]+")


def require_client_name(value: str) -> str:
    """A name by which people know the program. Raises InvalidInput."""
    return require_one_line(value, "name", most=LONGEST_NAME, empty="Write a name, such as Reports.")


def require_audience(value: str) -> str:
    """An absolute URL or a simple identifier, kept and compared letter for letter (RFC 7519, section 4.1.3).

    Raises InvalidInput.
    """
    audience = value.strip()
    if len(audience) > LONGEST_AUDIENCE:
        raise InvalidInput(fields={"audience": f"Use at most {LONGEST_AUDIENCE} characters."})
    if not (_is_url(audience) if "/" in audience else _IDENTIFIER.fullmatch(audience)):
        sentence = (
            "Write a web address such as https://reports.example.org without # and user name, "
            "or an identifier of letters, digits, dot, colon, hyphen and underscore."
        )
        raise InvalidInput(fields={"audience": sentence})
    return audience


def _is_url(text: str) -> bool:
    """RFC 8707, section 2: absolute, without a fragment."""
    if not _URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc


def require_scopes(values: Iterable[str]) -> tuple[str, ...]:
    """Scopes of another service, each once, sorted; a value may hold several, separated by space. Raises InvalidInput.

    None that opens anything here: a service that receives a token could otherwise be taken for its owner.
    """
    scopes = tuple(sorted({scope for value in values for scope in value.split()}))
    for scope in scopes:
        shown = scope[:40] if scope.isprintable() else "this one"
        if not is_scope(scope):
            sentence = (
                f"A scope is up to {LONGEST_SCOPE} ASCII characters without quotation marks, unlike {shown}."
            )
            raise InvalidInput(fields={"scopes": sentence})
        if belongs_here(scope):
            sentence = f"{shown} belongs to this application, and is never in a token for another service."
            raise InvalidInput(fields={"scopes": sentence})
    if len(scopes) > MOST_SCOPES or len(" ".join(scopes)) > LONGEST_SCOPE_LIST:
        sentence = f"Use at most {MOST_SCOPES} scopes, {LONGEST_SCOPE_LIST} characters together."
        raise InvalidInput(fields={"scopes": sentence})
    return scopes
