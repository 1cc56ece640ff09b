"""Handing a letter to a mail server (RFC 5321), over TLS that is verified, in a bounded time."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from webapp.infra.smtp_answers import (
    LetterRefused,
    MailServerAway,
    as_bytes,
    explain_failure,
    explain_recipient,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.config.mail_server import MailServer

WAIT_SECONDS: Final = 10.0
# A server that says one byte every nine seconds never meets the limit above.
LETTER_SECONDS: Final = 60.0
_LETTERS_PER_CONNECTION: Final = 50


class SmtpLine:
    """A connection that is made when it is needed, and used for several letters. Not for several threads."""

    def __init__(self, server: MailServer, our_name: str) -> None:
        self._server = server
        # What we greet with: else smtplib asks the resolver, which may take its time, for an internal name.
        self._our_name = our_name
        self._client: _Client | None = None
        self._letters = 0

    def open(self) -> None:
        """Greet, protect and sign in, and hand nothing over. Raises MailServerAway."""
        self._require_line()

    def send(self, sender: str, recipient: str, write: Callable[[bool], bytes]) -> None:
        """Hand one letter over: returns once the server has taken it. Raises MailServerAway and LetterRefused.

        `write` gives its bytes, and is told whether addresses beyond ASCII may stand in it (RFC 6531).
        """
        self._require_line()
        client = self._client
        assert client is not None
        with self._watched(client):
            self._hand_over(client, sender, recipient, write)
        self._letters += 1

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        client, self._client, self._letters = self._client, None, 0
        if client is not None:
            with suppress(smtplib.SMTPException, OSError), _deadline(client, WAIT_SECONDS):
                client.quit()
            client.close()

    def _require_line(self) -> None:
        """The present connection if it still serves, else a new one."""
        client = self._client
        if client is not None and self._letters < _LETTERS_PER_CONNECTION:
            with suppress(smtplib.SMTPException, OSError), _deadline(client, WAIT_SECONDS):
                if client.rset()[0] == 250:
                    return
        self.close()
        client = _Client(self._server, self._our_name)
        try:
            with self._watched(client):
                client.open()
        except BaseException:
            client.close()
            raise
        self._client = client

    def _hand_over(
        self, client: _Client, sender: str, recipient: str, write: Callable[[bool], bytes]
    ) -> None:
        options: list[str] = []
        is_international = not recipient.isascii()
        if is_international:
            if not client.has_extn("smtputf8"):
                raise LetterRefused("the mail server takes no addresses beyond ASCII", for_good=True)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        content = write(is_international)
        code, said = client.mail(sender, options)
        if code != 250:
            # The sender is the operator's choice: another letter would fare no better.
            raise MailServerAway(f"The mail server refuses MAIL_FROM as a sender ({status_of(code, said)}).")
        code, said = client.rcpt(recipient)
        if code not in {250, 251}:
            raise explain_recipient(code, said)
        try:
            code, said = client.data(content)
        except smtplib.SMTPDataError as refusal:
            code, said = refusal.smtp_code, as_bytes(refusal.smtp_error)
        if code != 250:
            if code == 421:
                raise smtplib.SMTPServerDisconnected
            raise LetterRefused(
                f"the mail server does not take the letter ({status_of(code, said)})", for_good=code >= 500
            )

    @contextmanager
    def _watched(self, client: _Client) -> Iterator[None]:
        """Whatever goes wrong on the way is either the server's or the letter's; after the former, hang up."""
        try:
            with _deadline(client, LETTER_SECONDS):
                yield
        except LetterRefused:
            raise
        except MailServerAway:
            self._hang_up(client)
            raise
        except ssl.SSLCertVerificationError as failure:
            self._hang_up(client)
            reason = failure.verify_message.rstrip(".") or "it is not trusted"
            raise MailServerAway(
                f"The certificate of the mail server cannot be verified: {reason}."
            ) from None
        except (smtplib.SMTPException, OSError, UnicodeError) as failure:
            self._hang_up(client)
            raise MailServerAway(explain_failure(failure)) from None
        except BaseException:
            # In the middle of who knows what: the next letter begins afresh.
            self._hang_up(client)
            raise

    def _hang_up(self, client: _Client) -> None:
        client.close()
        if self._client is client:
            self._client, self._letters = None, 0


class _Client(smtplib.SMTP):
    """smtplib's, with its socket within reach from the first moment, and with TLS as the settings say."""

    def __init__(self, server: MailServer, our_name: str) -> None:
        super().__init__(local_hostname=our_name, timeout=WAIT_SECONDS)
        self._to = server
        self._wire: socket.socket | None = None
        self._is_late = False

    def close(self) -> None:
        """Also where the handshake failed, of which smtplib knows no socket yet."""
        super().close()
        if self._wire is not None:
            self._wire.close()

    def cut(self) -> None:
        """End the connection from another thread, whatever it is in the middle of."""
        self._is_late = True
        if self._wire is not None:
            # Not the method of an SSL socket, which would take its state from under the reader.
            with suppress(OSError):
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._wire = socket.create_connection((host, port), timeout)
        if self._is_late:
            raise TimeoutError
        return self._encrypted(self._wire) if self._to.protection == "tls" else self._wire

    def _encrypted(self, wire: socket.socket) -> socket.socket:
        encrypted = ssl.create_default_context().wrap_socket(
            wire, server_hostname=self._to.host, do_handshake_on_connect=False
        )
        # Within reach before the handshake, which may be slow as well.
        self._wire = encrypted
        encrypted.do_handshake()
        return encrypted

    def open(self) -> None:
        """Greet, protect, sign in. Raises MailServerAway for what a person must mend."""
        code, said = self.connect(self._to.host, self._to.port)
        if code != 220:
            raise MailServerAway(f"The mail server does not serve ({status_of(code, said)}).")
        self.ehlo_or_helo_if_needed()
        if self._to.protection == "starttls":
            self._protect()
        if self._to.user is not None:
            self._sign_in(self._to.user, self._to.password or "")

    def _protect(self) -> None:
        # Somebody on the way can take the offer out of the answer: without it, nothing is sent (RFC 3207, section 6).
        if not self.has_extn("starttls"):
            raise MailServerAway("The mail server offers no STARTTLS, so nothing was sent to it.")
        code, said = self.docmd("STARTTLS")
        if code != 220 or self.sock is None:
            raise MailServerAway(f"The mail server refuses STARTTLS ({status_of(code, said)}).")
        self.sock = self._encrypted(self.sock)
        # What was said before counts for nothing (RFC 3207, section 4.2), also what waits unread.
        self.file = None
        self.esmtp_features = {}
        self.ehlo()

    def _sign_in(self, user: str, password: str) -> None:
        try:
            if "PLAIN" in self.esmtp_features.get("auth", "").upper().split():
                self._sign_in_plainly(user, password)
            else:
                self.login(user, password)
        except smtplib.SMTPAuthenticationError as refusal:
            status = status_of(refusal.smtp_code, as_bytes(refusal.smtp_error))
            raise MailServerAway(
                f"The mail server refuses user or password of SMTP_URL ({status})."
            ) from None
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            raise MailServerAway("The mail server offers no way to sign in that fits SMTP_URL.") from None
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException:
            raise MailServerAway("The mail server offers no way to sign in that fits SMTP_URL.") from None

    def _sign_in_plainly(self, user: str, password: str) -> None:
        """By ourselves, since smtplib refuses what is not ASCII (RFC 4616 says UTF-8)."""
        proof = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
        code, said = self.docmd("AUTH", f"PLAIN {proof}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)


@contextmanager
def _deadline(client: _Client, seconds: float) -> Iterator[None]:
    """Within so long, or the connection is ended."""
    timer = threading.Timer(seconds, client.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
