"""The receivers of the document, run by its own commands, believe whoever knows the secret, and nobody else."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING

import pytest

from tests.examples.running import ROOT, Running, at_these, blocks
from tests.servers.shared import wait_until
from tests.servers.valkey import free_port
from webapp.webhooks.signing import new_secret, signed_headers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENT = ROOT / "docs" / "webhooks.md"
BODY = b'{"type":"webhook.test","timestamp":"2026-01-01T00:00:00.000+00:00","data":{"endpoint_id":"x"}}'
SECRET, FORMER = new_secret(), new_secret()


@pytest.fixture(params=["python", "node"])
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Port and log of one of the two."""
    port, log = free_port(), tmp_path / "receiver.log"
    (text,) = [each for each in blocks(DOCUMENT) if request.param in each]
    text = at_these(text, {"PORT=9100": f"PORT={port}"})
    running = Running(text, port, log, {"SECRET": SECRET})
    yield port, log
    running.stop()


def post(port: int, headers: list[tuple[bytes, bytes]], body: bytes = BODY) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("POST", "/", body, {name.decode(): value.decode() for name, value in headers})
    status = line.getresponse().status
    line.close()
    return status


def test_genuine_message_is_taken_once_and_any_other_refused(receiver: tuple[int, Path]) -> None:
    port, log = receiver
    now = int(time.time())
    genuine = signed_headers([SECRET], "msg_1", now, BODY)
    renamed = [(b"webhook-id", b"msg_9"), *genuine[1:]]
    refused = [
        post(port, genuine, BODY + b" "),
        post(port, renamed),
        post(port, genuine[:2]),
        post(port, signed_headers([FORMER], "msg_1", now, BODY)),
        post(port, signed_headers([SECRET], "msg_1", now - 301, BODY)),
        post(port, signed_headers([SECRET], "msg_1", now + 400, BODY)),
        post(port, [genuine[0], (b"webhook-timestamp", b"soon"), genuine[2]]),
    ]
    assert refused == [401] * 7
    taken = [
        post(port, genuine),
        post(port, genuine),
        post(port, signed_headers([FORMER, SECRET], "msg_2", now, BODY)),
    ]
    assert taken == [204] * 3
    wait_until(lambda: log.read_text().count("webhook.test") == 2, "two lines")
