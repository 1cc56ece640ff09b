"""A hundred clients that send their bodies slowly, while people work: nobody notices."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.faults.load.judge import UNNOTICED
from tests.faults.single.node import ENVIRONMENT, begin_trial
from tests.servers.live import LiveServer

SLOW = 100
SECONDS = 12.0


@pytest.mark.soak
def test_slow_clients_are_not_noticed(start_server: Callable[..., LiveServer]) -> None:
    server = start_server(**ENVIRONMENT)
    trial = begin_trial(f"{SLOW} slow clients", server)
    head = (
        f"POST /api/v1/login HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Type: application/json\r\n"
    )
    begun = f"{head}Content-Length: 1000\r\n\r\n{{".encode()
    with trial, trial.fault(), ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30)) for _ in range(SLOW)
        ]
        for each in slow:
            each.sendall(begun)
        trial.crowd.work_for(SECONDS)
        answers = [each.recv(4096) for each in slow]
    assert all(b"408 Request Timeout" in answer for answer in answers)
    assert trial.verdict(UNNOTICED).complaints == ()
