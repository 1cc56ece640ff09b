"""What may be a username, a display name or an address, and the keys by which they are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from webapp.core.errors import InvalidInput
from webapp.core.one_line import require_one_line

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?\Z")
_SHORTEST_USERNAME = 2
_LONGEST_DISPLAY_NAME = 80
LONGEST_IDENTIFIER = 254


@dataclass(frozen=True, slots=True)
class Address:
    """`written` as the person typed it; `key` for comparing: case and Unicode form folded, the domain in ASCII."""

    written: str
    key: str


def username_key(username: str) -> str:
    """How usernames are compared: `Ada` and `ada` are one person."""
    return username.strip().lower()


def require_username(value: str) -> str:
    """The username without surrounding space. ASCII only, so that no two look alike. Raises InvalidInput."""
    name = value.strip()
    if not name:
        raise InvalidInput(fields={"username": "Choose a username."})
    # Some letters beyond ASCII, such as the Kelvin sign, become ASCII in lower case.
    if len(name) < _SHORTEST_USERNAME or not (name.isascii() and _USERNAME.match(name.lower())):
        sentence = "Use 2 to 40 of a-z, 0-9, dot, hyphen and underscore, with a letter or digit at both ends."
        raise InvalidInput(fields={"username": sentence})
    return name


def require_display_name(value: str) -> str:
    """A name to be shown, in any script. Raises InvalidInput."""
    empty = "Write a name to show."
    return require_one_line(value, "display_name", most=_LONGEST_DISPLAY_NAME, empty=empty, may_join=True)


def require_address(value: str) -> Address:
    """A syntactically right e-mail address (RFC 5321, 6531). Nothing is looked up. Raises InvalidInput."""
    text = value.strip()
    if not text:
        raise InvalidInput(fields={"email": "Write your email address."})
    try:
        found = validate_email(
            text, check_deliverability=False, allow_empty_local=False, test_environment=True
        )
    except EmailNotValidError:
        raise InvalidInput(fields={"email": "Write an address such as ada@example.org."}) from None
    return Address(
        written=found.normalized,
        key=f"{found.local_part.lower()}@{found.ascii_domain or found.domain}".lower(),
    )


def identifier_key(value: str) -> str:
    """How a name typed at sign-in is compared, be it a username or an address: one key however it is written."""
    text = value[: LONGEST_IDENTIFIER + 1]
    return (address_key(text) or text.strip().lower()) if "@" in text else username_key(text)


def address_key(value: str) -> str | None:
    """The key of what may be an address, or None when it is not one."""
    try:
        return require_address(value).key
    except InvalidInput:
        return None
