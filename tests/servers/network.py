"""Keeps the tests' own process on this machine: loopback and Unix sockets only."""

from __future__ import annotations

import ipaddress
import sys


class NetworkForbidden(RuntimeError):
    """A test tried to reach another machine."""


LOCAL_NAMES = {"localhost", "localhost.localdomain", "", None}


def is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in LOCAL_NAMES or str(host).endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host: object = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not is_local(host):
        raise NetworkForbidden(f"tests stay on this machine, and this one wanted {host}")


def stay_on_this_machine() -> None:
    """Refuse every other address from now on. An audit hook sees all of Python's sockets and cannot be undone."""
    sys.addaudithook(_refuse)
