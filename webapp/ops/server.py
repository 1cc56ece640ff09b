"""Runs the production server: probes the port, says what there is to say, serves until told to stop.

Why it is this server with these figures: docs/decisions/0001-server.md.
"""

from __future__ import annotations

import errno
import logging
import multiprocessing
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from webapp.core import clock
from webapp.ops.process_count import worker_count
from webapp.ops.served_process import load_application

if TYPE_CHECKING:
    from collections.abc import Sequence

# Bodies on their way wait in these threads; how many requests are worked on at once is Bounds.requests_at_once.
THREADS: Final = 512
# Granian takes in this many connections, idle ones included; more wait in the system's queue.
CONNECTIONS: Final = 1024
HEADER_MILLISECONDS: Final = 10_000
# Twice the bound of the middleware, so that its readable refusal comes first.
HEADER_BUFFER_BYTES: Final = 32_768
STOP_SECONDS: Final = 10
_LAST_PORT: Final = 65_535


class ServerSettings(Protocol):
    """What is needed of webapp.config.Settings."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def redis_url(self) -> object: ...


def serve(settings: ServerSettings, announcement: Sequence[str], target: str = "wsgi:app") -> int:
    """Prints the lines, serves, and returns the exit code: 0 after a stop that was asked for, 1 otherwise.

    On Linux the worker is a copy of this process: what is imported need not be imported again, but the caller must
    have closed its connections to databases and ended its threads.
    """
    try:
        address = probe_address(settings.host, settings.port)
    except AddressUnusable as complaint:
        sys.stderr.write(f"{complaint}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in announcement)
    sys.stdout.flush()
    # Workers count together only what they store together: without Redis, limits hold in one process.
    return _run(address, settings.port, worker_count(settings), target)


class AddressUnusable(Exception):
    """Nobody can listen there; the text is one line that says why and what to do."""


def probe_address(host: str, port: int) -> str:
    """The IP address to listen on. Raises AddressUnusable; granian itself would share a port in use unnoticed."""
    if not 1 <= port <= _LAST_PORT:
        raise AddressUnusable(f"There is no port {port}. Choose a number from 1 to {_LAST_PORT}: PORT=8000")
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Without this, connections left behind by a server that has just stopped would count as in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, UnicodeError) as failure:
        raise AddressUnusable(_explain(failure, host, port)) from None
    return str(address[0])


def _explain(failure: Exception, host: str, port: int) -> str:
    number = getattr(failure, "errno", None)
    if number == errno.EADDRINUSE:
        cure = (
            f"Stop the other program, or choose another port: PORT={port + 1 if port < _LAST_PORT else 8000}"
        )
        return f"Port {port} on {host} is in use. {cure}"
    if number in {errno.EACCES, errno.EPERM}:
        return f"Port {port} needs rights that this user does not have. Choose one above 1023: PORT=8000"
    return (
        f"HOST={host} is not an address of this machine. Set HOST=127.0.0.1, or HOST=0.0.0.0 for all of them."
    )


def _run(address: str, port: int, workers: int, target: str) -> int:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    class StoppedOnce(MPServer):
        def signal_handler_interrupt(self, *_: object) -> None:
            """The first signal stops; a second one in the middle of that could only harm."""
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            self.interrupt_signal = True
            self.main_loop_interrupt.set()

        def _stop_workers(self) -> None:
            """Granian waits for a worker in two threads, and the later one may take it for alive when it is not: it
            would be told that a worker refused to stop, and be killed. Here they are asked until it is known.
            """
            for worker in self.wrks:
                worker.terminate()  # type: ignore[no-untyped-call]
            until = clock.monotonic() + STOP_SECONDS
            while clock.monotonic() < until and any(map(_lives, self.wrks)):
                time.sleep(0.01)
            # Whoever is alive now has had its time.
            self.workers_kill_timeout = 1
            super()._stop_workers()  # type: ignore[no-untyped-call]

    if sys.platform == "linux":
        multiprocessing.set_start_method("fork", force=True)
    logging.getLogger("_granian").addFilter(_is_news)
    server = StoppedOnce(
        target,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=THREADS,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=HEADER_BUFFER_BYTES
        ),
        log_level=LogLevels.warning,
        log_access=False,
        workers_kill_timeout=STOP_SECONDS,
        # A worker that dies (out of memory, say) is replaced; otherwise it would take the whole node down with it. One
        # that dies again within seconds ends the server, for whoever watches over it.
        respawn_failed_workers=True,
    )
    try:
        server.serve(target_loader=load_application)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0


def _lives(worker: Any) -> bool:
    return bool(worker.is_alive())


def _is_news(record: logging.LogRecord) -> bool:
    """Granian warns of the number of threads, which is intended."""
    return "Python threads" not in record.getMessage()
