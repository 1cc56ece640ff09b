"""The address of another service: read once, strictly, and from then on used in parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, NoReturn
from urllib.parse import unquote_to_bytes

from webapp.core.errors import InvalidInput

MOST_CHARACTERS: Final = 500
_PORTS: Final = {"http": 80, "https": 443}
_SCHEME: Final = re.compile(r"(https?)://", re.IGNORECASE)
# Host and port: in brackets, or whatever is neither bracket nor colon. What is in them is looked at by itself.
_AUTHORITY: Final = re.compile(r"(?:\[([^][]*)\]|([^][:]*))(?::([0-9]*))?")
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Of which browsers and resolvers make an IPv4 address, in octal, hexadecimal or fewer than four parts.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True)
class Target:
    """Where to: `host` a name or an address without brackets, `path` "" or beginning and not ending with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The one way to write it: lower case, no default port, no slash at the end."""
        return f"{self.scheme}://{self.host_header}{self.path}"

    @property
    def host_header(self) -> str:
        """Host, with the port unless it is the scheme's own (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_plain(self) -> bool:
        """Whether everybody on the way could read it."""
        return self.scheme == "http"


def parse_base_url(text: str) -> Target:
    """Raises InvalidInput, naming the field `base_url`, for anything that two programs might read differently."""
    text = text.strip(" ")
    if not text:
        _refuse("Enter the address of the service, such as https://api.example.com/v1.")
    if len(text) > MOST_CHARACTERS:
        _refuse(f"Use at most {MOST_CHARACTERS} characters.")
    _require_plain_text(text)
    begun = _SCHEME.match(text)
    if begun is None:
        _refuse("Begin the address with https:// or http://.")
    scheme = begun[1].lower()
    authority, slash, path = text[begun.end() :].partition("/")
    if "@" in authority:
        _refuse("Leave user and password out of the address. The key has a field of its own.")
    host, port = _read_authority(authority.lower(), scheme)
    return Target(scheme, host, port, _read_path(slash + path))


def _require_plain_text(text: str) -> None:
    if not text.isascii():
        _refuse("Write a name with letters beyond a to z in its ASCII form, which begins with xn--.")
    if not text.isprintable() or " " in text:
        _refuse("Leave spaces and control characters out of the address.")
    if "\\" in text:
        _refuse("Leave backslashes out of the address.")
    if "?" in text or "#" in text:
        _refuse("Leave ? and # with what follows out of the address.")


def _read_authority(authority: str, scheme: str) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        _refuse("Write host and port as api.example.com:8443, an IPv6 address in brackets.")
    bracketed, plain, port = found.groups()
    host = _read_ipv6(bracketed) if bracketed is not None else _read_host(plain)
    if port is None:
        return host, _PORTS[scheme]
    if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65_535:
        _refuse("Use a port from 1 to 65535.")
    return host, int(port)


def _read_ipv6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        address = None
    if address is None or address.scope_id is not None:
        _refuse("Write an IPv6 address in brackets, without a zone.")
    return address.compressed


def _read_host(text: str) -> str:
    labels = text.split(".")
    if not text:
        _refuse("Name the host of the service after the two slashes.")
    if not labels[-1]:
        _refuse("Write the host without a dot at its end.")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text))
        except AddressValueError:
            _refuse("Write an IPv4 address as four decimal numbers.")
    if len(text) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        _refuse("Use letters, digits and hyphens in the parts of the host's name.")
    return text


def _read_path(text: str) -> str:
    if not _PATH.fullmatch(text):
        _refuse("Write other characters in the path as % and two hexadecimal digits.")
    path = text.removesuffix("/")
    for segment in path.split("/")[1:]:
        plain = unquote_to_bytes(segment)
        # Servers that know parameters drop them first, and see the dots then.
        if plain.partition(b";")[0] in {b"", b".", b".."}:
            _refuse("Leave empty segments and those of dots out of the path.")
        if any(each < 0x20 or each == 0x7F or each in b"/\\%" for each in plain):
            _refuse(
                "Leave encoded slashes, backslashes, percent signs and control characters out of the path."
            )
    return path


def _refuse(sentence: str) -> NoReturn:
    raise InvalidInput(fields={"base_url": sentence})
