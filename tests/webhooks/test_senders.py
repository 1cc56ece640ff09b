"""Who sends messages: the server by itself, and `flask worker`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.test_account_commands import run
from tests.make import make_account
from tests.servers.application import ENVIRONMENT
from tests.servers.live import LiveServer
from tests.webhooks.receiving import LOOPBACK, queue_test

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from tests.webhooks.receiving import Receiver


def test_worker_sends_what_is_due_and_says_how_much(app: Flask, receiver: Receiver) -> None:
    make_account(app, locked=True)
    done = run(app, "worker", "--once")
    assert (done.exit_code, len(receiver.received)) == (0, 1)
    assert "Webhook messages sent: 1. To be tried again, or given up: 0." in done.output
    assert "Webhook" not in run(app, "worker", "--once").output


def test_server_sends_what_others_have_queued(
    app: Flask, receiver: Receiver, database_url: str, tmp_path: Path
) -> None:
    queue_test(app, receiver.endpoint.id)
    folder = tmp_path / "live"
    folder.mkdir()
    secrets = {name: ENVIRONMENT[name] for name in ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")}
    server = LiveServer(folder, {"DATABASE_URL": database_url, **secrets, **LOOPBACK}).start()
    try:
        (received,) = receiver.service.await_requests(1)
        assert received.header("user-agent") == "Latchkey-Webhooks"
    finally:
        server.stop()
