"""A name server on a loopback port that says each time what comes next, as an attacker's own server does."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dns.message
import dns.query
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from collections.abc import Iterator


class NameServer(socketserver.ThreadingUDPServer):
    """Each question about an IPv4 address is answered with the next of `answers`, the last one again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []
        super().__init__(("127.0.0.1", 0), _Question)

    def ask(self, host: str, _port: int) -> list[str]:
        """What a resolver finds that asks here and keeps nothing."""
        question = dns.message.make_query(host, dns.rdatatype.A)
        answer = dns.query.udp(question, "127.0.0.1", timeout=5, port=int(self.server_address[1]))
        return [each.address for found in answer.answer for each in found]

    def answer(self, question: dns.message.Message) -> dns.message.Message:
        name = question.question[0].name
        self.questions.append(name.to_text(omit_final_dot=True))
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        made = dns.message.make_response(question)
        # A lifetime of nothing, so that everybody asks again.
        made.answer.append(dns.rrset.from_text(name, 0, "IN", "A", *addresses))
        return made


class _Question(socketserver.BaseRequestHandler):
    server: NameServer

    def handle(self) -> None:
        content, line = self.request
        answer = self.server.answer(dns.message.from_wire(content))
        line.sendto(answer.to_wire(), self.client_address)


@contextmanager
def name_server(*answers: list[str]) -> Iterator[NameServer]:
    with NameServer(*answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
