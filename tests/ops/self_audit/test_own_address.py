"""Asking over HTTP: answers come whole, a peer that hangs or drips is left in time, a certificate is told about."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.servers.certificates import Authority
from webapp.core import clock
from webapp.infra.outbound import own_address
from webapp.infra.outbound.own_address import ask
from webapp.ops.self_audit.questions import HEALTH, LOGIN, QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2\r\n\r\nok"


@contextmanager
def serving(talk: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that talks with each caller in its own way, until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                wire, _ = listener.accept()
                threading.Thread(target=hold, args=(wire,), daemon=True).start()

    def hold(wire: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(wire, server_side=True) if context else wire as line:
            talk(line)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer_all(wire: socket.socket) -> None:
    while wire.recv(65_536):
        wire.sendall(ANSWER)


def answer_once(wire: socket.socket) -> None:
    wire.recv(65_536)
    wire.sendall(ANSWER.replace(b"Content", b"Connection: close\r\nContent"))
    wire.shutdown(socket.SHUT_RDWR)


def say_nothing(wire: socket.socket) -> None:
    while wire.recv(65_536):
        pass


def drip(wire: socket.socket) -> None:
    for each in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 10_000:
        wire.send(bytes([each]))
        threading.Event().wait(0.01)


def babble(wire: socket.socket) -> None:
    wire.recv(65_536)
    wire.sendall(b"SSH-2.0-OpenSSH\r\n" * 3)
    wire.shutdown(socket.SHUT_RDWR)


def flood(wire: socket.socket) -> None:
    wire.recv(65_536)
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)


@pytest.mark.parametrize("talk", [answer_all, answer_once])
def test_every_question_is_answered_with_each_header(talk: Callable[[socket.socket], None]) -> None:
    with serving(talk) as port:
        asked = ask(f"http://127.0.0.1:{port}", QUESTIONS)
    assert (len(asked.answers), asked.trouble, asked.tls) == (len(QUESTIONS), None, None)
    assert asked.answers[HEALTH].all("x-a") == ["1", "2"]
    assert asked.answers[LOGIN].body == b"ok"


@pytest.mark.parametrize(
    ("talk", "words"),
    [(say_nothing, "within"), (drip, "within"), (babble, "ended")],
    ids=["hangs", "drips", "babbles"],
)
def test_peer_that_does_not_answer_is_left_in_time(
    talk: Callable[[socket.socket], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_address, "SECONDS", 0.3)
    begun = clock.monotonic()
    with serving(talk) as port:
        asked = ask(f"http://127.0.0.1:{port}", QUESTIONS)
    # Far from what a busy machine takes, and as far from what these go on for: 100 seconds, or for ever.
    assert clock.monotonic() - begun < 30
    assert asked.answers == {}
    assert words in str(asked.trouble)


def test_no_more_than_the_beginning_of_a_flood_is_read() -> None:
    with serving(flood) as port:
        asked = ask(f"http://127.0.0.1:{port}", (HEALTH, LOGIN))
    assert [len(each.body) for each in asked.answers.values()] == [65_536, 65_536]


def test_certificate_that_is_not_trusted_is_told_and_looked_behind(tmp_path: Path) -> None:
    context = Authority(tmp_path / "authority.pem").server_context("127.0.0.1")
    with serving(answer_all, context) as port:
        asked = ask(f"https://127.0.0.1:{port}", (HEALTH,))
    assert asked.tls is not None
    assert asked.tls.version == "TLSv1.3"
    assert "unable to get local issuer certificate" in str(asked.tls.distrust)
    assert asked.tls.expires_at is not None
    assert asked.answers[HEALTH].status == 200


def test_certificate_of_an_authority_of_ours_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with serving(answer_all, authority.server_context("127.0.0.1")) as port:
        asked = ask(f"https://127.0.0.1:{port}", (HEALTH,))
    assert asked.tls is not None
    assert (asked.tls.distrust, asked.trouble) == (None, None)


def test_address_without_tls_where_tls_is_due_is_told() -> None:
    with serving(babble) as port:
        asked = ask(f"https://127.0.0.1:{port}", QUESTIONS)
    assert (asked.answers, asked.trouble) == ({}, "no TLS 1.2 or 1.3 could be agreed on")


def test_nobody_there_and_no_such_name_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert ask(f"http://127.0.0.1:{port}", QUESTIONS).trouble == "nobody answers at its port"
