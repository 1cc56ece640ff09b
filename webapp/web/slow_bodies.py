"""A deadline for bodies that never finish arriving: cuts the connection, so that the waiting thread reads its end.

The server reads a body inside the request's thread, sets no limit to the time, and WSGI names no socket. What is known
is enough: when a body has been awaited for n seconds, nothing has been sent on its connection for n seconds. Linux
keeps that figure for every connection (TCP_INFO). From the same address, it also fits idle connections, which may be
closed at any time, and requests that have been worked on for as long. Elsewhere than on Linux no connection is cut.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import os
import socket
import stat
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN_FILES = Path("/proc/self/fd")
_ESTABLISHED, _CLOSE_WAIT = 1, 8
# struct tcp_info (linux/tcp.h): tcpi_state is its first byte, tcpi_last_data_sent (in ms) stands at byte 44.
_STATE_AND_QUIET = struct.Struct("=B43xI")
# "100 Continue" goes out a little after the wait has begun, and the system counts in ticks of up to 10 ms.
_QUIET_SHARE = 0.75


class Reading:
    """One body on its way. `cut` says that connections from its place were cut meanwhile."""

    __slots__ = ("cut", "place", "since")

    def __init__(self, since: float, port: int, address: str) -> None:
        self.since = since
        self.place = port, plain_address(address)
        self.cut = False


class BodyDeadline:
    """Bounds the bodies of this process: `seconds` each, `hurried_seconds` while more than `crowd` are awaited."""

    def __init__(self, seconds: float, hurried_seconds: float, crowd: int) -> None:
        self.seconds = seconds
        self.hurried_seconds = min(seconds, hurried_seconds)
        self.crowd = crowd
        self._readings: dict[Reading, None] = {}
        self._begun = threading.Event()
        self._starting = threading.Lock()
        self._watcher: threading.Thread | None = None

    @contextlib.contextmanager
    def watch(self, port: int, address: str) -> Iterator[Reading]:
        """Read within this. Afterwards `cut` tells an end made by the deadline from one made by the client."""
        reading = Reading(clock.monotonic(), port, address)
        if self._watcher is None:
            self._start()
        self._readings[reading] = None
        if not self._begun.is_set():
            self._begun.set()
        try:
            yield reading
        finally:
            del self._readings[reading]

    def overdue(self) -> list[Reading]:
        """The bodies that have been awaited for too long. Marks them, and all from the same places, as cut."""
        awaited = list(self._readings)
        limit = self.seconds if len(awaited) <= self.crowd else self.hurried_seconds
        late = [reading for reading in awaited if clock.monotonic() - reading.since >= limit]
        places = {reading.place for reading in late}
        for reading in awaited:
            if reading.place in places:
                reading.cut = True
        return late

    def _start(self) -> None:
        with self._starting:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._run, name="body-deadline", daemon=True)
                self._watcher.start()

    def _run(self) -> None:
        pause = min(0.25, self.hurried_seconds / 4)
        while True:
            self._begun.wait()
            time.sleep(pause)
            if late := self.overdue():
                cut_connections(late, 3 * self.seconds)
            if not self._readings:
                self._begun.clear()
                # A body that began just before the line above would otherwise wait for the next one.
                if self._readings:
                    self._begun.set()


def cut_connections(late: list[Reading], stubborn_after: float) -> None:
    """Ends the incoming half of the connections these bodies arrive on; the answer can still be sent.

    Who keeps an earlier answer trickling out is never quiet: a body that has been awaited for `stubborn_after`
    seconds takes every connection of its address along.
    """
    present = clock.monotonic()
    quiet: dict[tuple[int, str], float] = {}
    for reading in late:
        quiet[reading.place] = min(quiet.get(reading.place, math.inf), present - reading.since)
    stubborn = {reading.place for reading in late if present - reading.since >= stubborn_after}
    for connection in _connections():
        with connection, contextlib.suppress(OSError):
            place = connection.getsockname()[1], plain_address(connection.getpeername()[0])
            if place not in quiet:
                continue
            state, unsent_for = _STATE_AND_QUIET.unpack(
                connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _STATE_AND_QUIET.size)
            )
            if state not in {_ESTABLISHED, _CLOSE_WAIT}:
                continue
            if unsent_for / 1000 >= _QUIET_SHARE * quiet[place] or place in stubborn:
                connection.shutdown(socket.SHUT_RD)


def _connections() -> Iterator[socket.socket]:
    """A second handle on each TCP socket of this process: its number cannot be given to another meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        for entry in _OPEN_FILES.iterdir():
            with contextlib.suppress(OSError):
                if not stat.S_ISSOCK(os.fstat(int(entry.name)).st_mode):
                    continue
                handle = socket.socket(fileno=os.dup(int(entry.name)))
                if handle.family in {socket.AF_INET, socket.AF_INET6} and handle.type == socket.SOCK_STREAM:
                    yield handle
                else:
                    handle.close()


def plain_address(address: str) -> str:
    """One spelling for each: an IPv4 caller of an IPv6 listener is that IPv4 address. Leaves what is no address."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
