"""Mail servers on this machine: one that is in order, and one that fails at the moment a test chooses."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers.shared import wait_until
from tests.servers.valkey import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

HANG = "hang"
DROP = "drop"
SENDER = "accounts@example.org"


def settings_for(port: int, *, query: str = "", user: str = "") -> dict[str, str]:
    """What makes an application send its letters there."""
    return {"SMTP_URL": f"smtp://{user}localhost:{port}{query}", "MAIL_FROM": f"Ex Ample <{SENDER}>"}


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


@dataclass
class Sink:
    """What a server in order has taken."""

    port: int
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[EmailMessage]:
        return [read(content) for _, _, content in self.taken]

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, bytes(envelope.content)))
        self.arrived.set()
        return "250 taken"


@contextmanager
def sink(**options: Any) -> Iterator[Sink]:
    """A server in order; `options` are aiosmtpd's."""
    found = Sink(free_port())
    controller = Controller(found, hostname="127.0.0.1", port=found.port, **options)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Certificate and key, in files, of a server that nobody vouches for but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


class Scripted(socketserver.ThreadingTCPServer):
    """Answers each step as told: a line, HANG until the test ends, or DROP the connection. A list is said in turn.

    Steps are connect, ehlo, mail, rcpt, data, content, rset, quit. `reached` counts how often each came up.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.script: dict[str, str | list[str]] = {}
        # What happens in the world before a step is answered.
        self.before: dict[str, Callable[[], object]] = {}
        self.reached: Counter[str] = Counter()
        self.contents: list[bytes] = []
        self.recipients: list[str] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", free_port()), _Conversation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def await_step(self, step: str, times: int = 1) -> None:
        wait_until(lambda: self.reached[step] >= times, f"{step} to be reached", seconds=20)


@contextmanager
def scripted(**script: str | list[str]) -> Iterator[Scripted]:
    with Scripted() as server:
        server.script = dict(script)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    server: Scripted

    def handle(self) -> None:
        with suppress(OSError):
            self._converse()

    def _converse(self) -> None:
        is_open = self._answer("connect", "220 ready")
        while is_open and (line := self.rfile.readline()):
            verb = line.split()[0].lower().decode()
            if verb == "rcpt":
                self.server.recipients.append(line.decode().strip())
            usual = {"ehlo": "250 hello", "data": "354 go on", "quit": "221 bye"}.get(verb, "250 fine")
            is_open = self._answer(verb, usual) and verb != "quit"
            if verb == "data" and is_open and self._said.startswith("354"):
                self.server.contents.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                is_open = self._answer("content", "250 taken")

    def _answer(self, step: str, usual: str) -> bool:
        told = self.server.script.get(step, usual)
        if isinstance(told, list):
            told = told.pop(0) if told else usual
        self._said = told
        self.server.reached[step] += 1
        self.server.before.get(step, bool)()
        if told == HANG:
            self.server.over.wait()
        if told in {HANG, DROP}:
            return False
        self.wfile.write(told.encode() + b"\r\n")
        return not told.startswith("421")
