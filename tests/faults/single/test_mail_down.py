"""The mail server hangs while people join: nobody waits for it, and every letter arrives when it answers again."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.faults.load.judge import UNNOTICED
from tests.faults.load.people import Person
from tests.faults.single.node import ENVIRONMENT, begin_trial, door_of
from tests.mail_servers import settings_for, sink
from tests.servers.live import LiveServer
from tests.servers.shared import wait_until

NEWCOMERS = 6
# A server that was away is asked again after half a minute, two and five minutes at most.
PATIENCE_SECONDS = 320.0


@pytest.mark.soak
@pytest.mark.timeout(500)
def test_mail_server_that_hangs_is_noticed_by_nobody_and_loses_no_letter(
    start_server: Callable[..., LiveServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as hung:
        port = hung.getsockname()[1]
        server = start_server(**ENVIRONMENT, **settings_for(port))
        trial = begin_trial("mail server hung", server)
        with trial, trial.fault():
            newcomers = [
                Person(door_of(server), trial.crowd.journal, f"newcomer{number}")
                for number in range(NEWCOMERS)
            ]
            for each in newcomers:
                each.join()
            trial.crowd.work_for(3)
    assert trial.verdict(UNNOTICED).complaints == ()
    monkeypatch.setattr("tests.mail_servers.free_port", lambda: port)
    with sink() as mail:
        wanted = {f"{each.username}@example.org" for each in (*newcomers, *trial.crowd.people)}

        def arrived() -> bool:
            return wanted <= {to for _, addressees, _ in mail.taken for to in addressees}

        wait_until(arrived, "every letter to arrive", seconds=PATIENCE_SECONDS)
        assert len({message["Message-ID"] for message in mail.messages}) == len(mail.taken), (
            "a letter came twice"
        )
