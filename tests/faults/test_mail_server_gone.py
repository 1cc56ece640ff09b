"""The mail server gone, slow or hanging at each moment: the letter waits, nobody is held up, and it arrives once."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.infra.mail_world import deliver, queue, the_mail
from tests.mail_servers import DROP, HANG, read, scripted, settings_for
from tests.servers.valkey import free_port
from webapp.config import current_settings
from webapp.core import clock
from webapp.infra import delivery, smtp
from webapp.infra.database import unit_of_work
from webapp.infra.delivery import DELAYS, LONGEST_DELAY_WHEN_AWAY, Delivery, Round
from webapp.infra.outbox_store import CLAIM, count_waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

STEPS = ["connect", "ehlo", "mail", "rcpt", "data", "content"]
ENDED = "The mail server ended the connection."
LATE = "The mail server does not answer in time."


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for an answer are a fifth of a second long."""
    monkeypatch.setattr(smtp, "WAIT_SECONDS", 0.2)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("fault", "complaint"), [(DROP, ENDED), ("421 4.3.2 shutting down", None), (HANG, LATE)]
)
def test_letter_waits_and_arrives_when_the_server_is_back(
    hurried: None, make_app: Callable[..., Flask], step: str, fault: str, complaint: str | None
) -> None:
    with scripted(**{step: [fault]}) as server, make_app(**settings_for(server.port)).app_context():
        with time_machine.travel(clock.now(), tick=False) as traveller:
            queue()
            first = deliver()
            assert (first.delivered, first.put_off, first.given_up) == (0, 1, 0)
            assert complaint in {None, first.complaint}
            assert the_mail().body is not None
            assert deliver() == Round()
            traveller.shift(DELAYS[0])
            assert deliver() == Round(delivered=1)
        # After a lost 250 nobody can know: the copy says that it is one.
        taken = [read(each)["Message-ID"] for each in server.contents]
        assert len(set(taken)) == 1
        assert len(taken) == (2 if step == "content" else 1)


def test_nobody_at_the_port_and_a_host_without_an_address(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def know_nobody(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    with make_app(**settings_for(free_port())).app_context():
        queue()
        assert deliver().complaint == "Nobody answers at the port of SMTP_URL."
    monkeypatch.setattr(socket, "create_connection", know_nobody)
    with make_app(SMTP_URL="smtp://mail.invalid", MAIL_FROM="a@example.org").app_context():
        queue()
        assert deliver().complaint == "The host of SMTP_URL is not known."


def test_server_that_dribbles_is_cut_off(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LETTER_SECONDS", 0.5)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ThreadPoolExecutor(1) as other:

        def dribble() -> int:
            """One character at a time, each well within the wait for an answer, until the other end has gone."""
            connection, _ = listener.accept()
            connection.settimeout(0.05)
            said = 0
            with closing(connection):
                while True:
                    try:
                        connection.sendall(b"2")
                        said += 1
                        if connection.recv(1) == b"":
                            return said
                    except TimeoutError:
                        continue
                    except OSError:
                        return said

        dribbling = other.submit(dribble)
        with make_app(**settings_for(listener.getsockname()[1])).app_context():
            queue()
            assert deliver().put_off == 1
        assert dribbling.result(timeout=20) > 1


def test_one_letter_asks_whether_the_server_is_back_not_every_one(make_app: Callable[..., Flask]) -> None:
    with (
        scripted(connect="554 closed") as server,
        make_app(**settings_for(server.port)).app_context(),
        time_machine.travel(clock.now(), tick=False) as traveller,
    ):
        for number in range(20):
            queue(f"person{number}@example.org")
        postman = Delivery(current_settings())
        pauses = []
        for _ in range(5):
            assert postman.run_round().put_off == 1
            pauses.append(postman.pause)
            traveller.shift(postman.pause)
        assert server.reached["connect"] == 5
        assert pauses == [*DELAYS[:2], *[LONGEST_DELAY_WHEN_AWAY] * 3]
        server.script.clear()
        traveller.shift(LONGEST_DELAY_WHEN_AWAY)
        assert postman.run_round() == Round(delivered=20)
        assert postman.pause.total_seconds() == 0


@pytest.mark.database
def test_process_that_dies_after_the_servers_250_sends_the_same_letter_again(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_claim: object) -> bool:
        raise KeyboardInterrupt

    with scripted() as server, make_app(**settings_for(server.port)).app_context():
        with time_machine.travel(clock.now(), tick=False) as traveller:
            queue()
            with monkeypatch.context() as dying:
                dying.setattr(delivery, "record_delivery", die)
                with pytest.raises(KeyboardInterrupt):
                    deliver()
            assert deliver() == Round()
            traveller.shift(CLAIM)
            assert deliver() == Round(delivered=1)
        first, second = server.contents
        assert first == second
        assert read(first)["Message-ID"] == f"<{the_mail().id}@localhost>"


def test_server_that_forgets_a_connection_between_two_letters_gets_another(
    make_app: Callable[..., Flask],
) -> None:
    with scripted(rset=[DROP]) as server, make_app(**settings_for(server.port)).app_context():
        queue("ada@example.org")
        queue("bob@example.org")
        assert deliver() == Round(delivered=2)
        assert server.reached["connect"] == 2


def test_sender_that_the_server_refuses_loses_no_letter(make_app: Callable[..., Flask]) -> None:
    with scripted(mail="550 5.7.1 not yours") as server, make_app(**settings_for(server.port)).app_context():
        queue("ada@example.org")
        queue("bob@example.org")
        assert deliver() == Round(
            put_off=1, complaint="The mail server refuses MAIL_FROM as a sender (550 5.7.1)."
        )
        with unit_of_work(writes=False):
            assert count_waiting() == 2


@pytest.mark.parametrize("step", [each for each in STEPS if each != "ehlo"])
@pytest.mark.parametrize("nonsense", ["HTTP/1.1 400 Bad Request", "2", "250" + "x" * 9000, "250-\r\n250-"])
def test_nonsense_is_an_outage_and_no_delivery(
    hurried: None, make_app: Callable[..., Flask], step: str, nonsense: str
) -> None:
    if (step, nonsense[:3]) == ("connect", "250"):
        nonsense = "999"
    with scripted(**{step: nonsense}) as server, make_app(**settings_for(server.port)).app_context():
        queue()
        assert deliver().delivered == 0
        assert the_mail().body is not None
