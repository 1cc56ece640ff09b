"""A caller who writes requests byte by byte, to a running server."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.connections.live_calling import LiveCalling, make_callers, start_live_calling
from tests.servers.upstream import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.upstream import Received

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass
class RawCaller:
    """A person who may use the connection `weather`, which sends its key in the parameter `token`."""

    calling: LiveCalling
    token: str

    @property
    def host(self) -> str:
        return f"localhost:{self.calling.server.port}"

    def head(self, *lines: str | bytes, is_last: bool = True) -> bytes:
        """A head with these lines, the first of them the request line, and the person's token."""
        last = ["Connection: close"] if is_last else []
        own = [f"Host: {self.host}", f"Authorization: {self.token}", *last]
        written = [*lines[:1], *own, *lines[1:], "", ""]
        return b"\r\n".join(each if isinstance(each, bytes) else each.encode() for each in written)

    def send(self, content: bytes) -> tuple[list[int], bytes]:
        """The statuses of all that is answered until the server hangs up, and everything that came."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.calling.server.port), PATIENCE_SECONDS) as line:
            line.sendall(content)
            while piece := line.recv(65_536):
                answer += piece
        return [int(each) for each in _STATUS.findall(answer)], answer

    def received(self) -> list[Received]:
        """What has reached the service since this was last asked."""
        requests = list(self.calling.service.requests)
        self.calling.service.requests.clear()
        return requests


@contextmanager
def start_raw_calling(folder: Path) -> Iterator[RawCaller]:
    words = {
        "auth_kind": "query",
        "auth_name": "token",
        "paths": ("/open/*",),
        "request_headers": ("x-trace",),
    }
    with start_live_calling(folder, **words) as calling:
        [(_, headers)] = make_callers(calling, 1)
        yield RawCaller(calling, headers["Authorization"])
