"""Reaching a service: its name is looked up once, every address found is judged, and one of those is dialled."""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from webapp.infra.outbound.errors import UpstreamSlow, UpstreamUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.infra.outbound.addresses import AddressRules
    from webapp.infra.outbound.holds import Hold
    from webapp.infra.outbound.names import Names
    from webapp.infra.outbound.targets import Target


class Dialler:
    """`context` gives the TLS settings when they are first needed: reading the machine's authorities takes a while."""

    def __init__(self, names: Names, rules: AddressRules, context: Callable[[], ssl.SSLContext]) -> None:
        self._names = names
        self._rules = rules
        self._context = context

    def dial(self, target: Target, hold: Hold) -> socket.socket:
        """A connected socket, encrypted unless the target is plain, within the hold's time.

        Raises AddressRefused when any address of the name is one that must not be reached: a name that leads to good
        and bad ones is not to be trusted with either. Raises UpstreamUnreachable, UpstreamSlow, ExchangeCut.
        """
        lookup = self._names.begin(target.host, target.port)
        hold.take(lookup)
        addresses = lookup.wait(hold.remaining())
        for address in addresses:
            self._rules.require(address, is_plain=target.is_plain)
        wire = _connect_first(addresses, target.port, hold)
        try:
            # Small requests leave at once.
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return wire if target.is_plain else _encrypted(wire, self._context(), target.host, hold)
        except BaseException:
            hold.let_go()
            wire.close()
            raise


def _connect_first(addresses: list[str], port: int, hold: Hold) -> socket.socket:
    """The first that answers. An address that hangs leaves the later ones their share of the time."""
    for number, address in enumerate(addresses, start=1):
        share = hold.remaining() / (len(addresses) - number + 1)
        wire = _connect(address, port, share, hold)
        if wire is not None:
            return wire
    # Nobody listens, or the last of the time was spent on one that hangs.
    hold.remaining()
    raise UpstreamUnreachable


def _connect(address: str, port: int, seconds: float, hold: Hold) -> socket.socket | None:
    """None when it does not connect within so long."""
    wire = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    is_connected = False
    try:
        # Under way before it is within reach of a cut, which ends only what has begun.
        wire.setblocking(False)
        with suppress(OSError):
            wire.connect_ex((address, port))
            hold.take(wire)
            waiting = select.poll()
            waiting.register(wire, select.POLLOUT)
            is_over = waiting.poll(seconds * 1000)
            hold.require_uncut()
            is_connected = bool(is_over) and wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    finally:
        if not is_connected:
            hold.let_go()
            wire.close()
    return wire if is_connected else None


def _encrypted(wire: socket.socket, context: ssl.SSLContext, host: str, hold: Hold) -> socket.socket:
    """Under TLS, with a certificate for the name (or the address, where that is what was typed)."""
    try:
        encrypted = context.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
    except (OSError, ValueError):
        hold.require_uncut()
        raise UpstreamUnreachable from None
    try:
        # Within reach before the handshake, which may be slow as well.
        hold.take(encrypted)
        encrypted.settimeout(hold.remaining())
        encrypted.do_handshake()
    except BaseException as failure:
        hold.let_go()
        encrypted.close()
        if isinstance(failure, TimeoutError):
            raise UpstreamSlow from None
        if isinstance(failure, OSError | ValueError):
            hold.require_uncut()
            raise UpstreamUnreachable from None
        raise
    return encrypted
