"""What a mail server's answers mean: is it the server or the letter, for now or for good, and how to say it."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from typing import Any, Final

_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class MailServerAway(Exception):
    """The mail server cannot be used just now, whatever the letter: `sentence` says why, without secrets."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class LetterRefused(Exception):
    """The mail server refuses this letter. `for_good`: it is no use to try again. `words` name no address."""

    def __init__(self, words: str, *, for_good: bool) -> None:
        self.words = words
        self.for_good = for_good
        super().__init__(words)


def explain_recipient(code: int, said: bytes) -> Exception:
    status = status_of(code, said)
    if code == 421:
        return smtplib.SMTPServerDisconnected()
    # 530 and x.7.x speak of us: not signed in, or not allowed to relay. An operator can mend that (RFC 3463).
    is_about_us = code == 530 or status.startswith(f"{code} 5.7.")
    return LetterRefused(
        f"the mail server refuses the recipient ({status})", for_good=code >= 500 and not is_about_us
    )


def status_of(code: int, said: bytes) -> str:
    """The figures of an answer: its text may repeat an address."""
    found = _STATUS.match(said.decode("ascii", "replace"))
    return f"{code} {found[0]}" if found else str(code)


def as_bytes(said: Any) -> bytes:
    return said if isinstance(said, bytes) else str(said).encode()


def explain_failure(failure: Exception) -> str:
    if isinstance(failure, smtplib.SMTPResponseException):
        return (
            f"The mail server does not serve ({status_of(failure.smtp_code, as_bytes(failure.smtp_error))})."
        )
    # smtplib turns a timeout of a read into a lost connection.
    if isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError):
        return "The mail server does not answer in time."
    if isinstance(failure, socket.gaierror):
        return "The host of SMTP_URL is not known."
    if isinstance(failure, ssl.SSLError):
        return "The mail server and this one cannot agree on TLS."
    if isinstance(failure, ConnectionRefusedError):
        return "Nobody answers at the port of SMTP_URL."
    if isinstance(failure, (smtplib.SMTPServerDisconnected, ConnectionError)):
        return "The mail server ended the connection."
    return "The mail server cannot be reached."
