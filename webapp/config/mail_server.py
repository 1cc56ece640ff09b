"""The mail server that SMTP_URL names, how the way to it is protected, and what is wrong with either setting."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from webapp.config.safety import LOOPBACK_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.config.settings import Settings

Protection = Literal["tls", "starttls", "none"]
_PORTS: Final = {"smtp": 587, "smtps": 465}
_SENDER: Final = re.compile(r"(?P<name>[^<>]*)<(?P<within>[^<>]+)>|(?P<alone>[^<>]+)")
_SENDER_FORM: Final = (
    "MAIL_FROM must be one address, such as accounts@example.org or Example <accounts@example.org>."
)
_FORM: Final = (
    "SMTP_URL must be such as smtp://user:password@mail.example.org:587, or smtps:// for TLS from the start"
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed over. `tls` begins with it, `starttls` insists on it before anything is said."""

    host: str
    port: int
    protection: Protection
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_mail_server(address: str) -> MailServer:
    """SMTP_URL in its parts. Raises ValueError with one sentence that repeats nothing of it."""
    try:
        url = urlsplit(address)
        host, port = url.hostname or "", url.port
        extras = parse_qsl(url.query, keep_blank_values=True, strict_parsing=True) if url.query else []
    except ValueError:
        raise ValueError(f"{_FORM}, with special characters percent-encoded.") from None
    is_plain_text = address.isprintable() and " " not in address
    if url.scheme not in _PORTS or not host or url.path not in {"", "/"} or url.fragment or not is_plain_text:
        raise ValueError(f"{_FORM}, with special characters percent-encoded.")
    if url.username is not None and not (url.username and url.password):
        raise ValueError("SMTP_URL names a user without a password, or a password without a user.")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    # RFC 4616: a zero byte parts user from password.
    if not (user + password + "-").isprintable():
        raise ValueError("SMTP_URL has a control character in its user or password.")
    protection = _protection(url, host, extras)
    return MailServer(host, port or _PORTS[url.scheme], protection, user or None, password or None)


def _protection(url: SplitResult, host: str, extras: list[tuple[str, str]]) -> Protection:
    wish = dict(extras).pop("starttls", None)
    if len(extras) > (wish is not None) or wish not in {None, "required", "never"}:
        raise ValueError("SMTP_URL may say ?starttls=required or ?starttls=never, and nothing else there.")
    if url.scheme == "smtps":
        if wish is not None:
            raise ValueError(
                "SMTP_URL begins with TLS by smtps://, where there is no STARTTLS. Leave ?starttls out."
            )
        return "tls"
    if wish == "never" and host not in LOOPBACK_NAMES:
        raise ValueError(
            "SMTP_URL would send password and letters in plain text. ?starttls=never is for this machine only."
        )
    # On this machine nobody is on the way, and a local relay rarely has a certificate that names localhost.
    return "none" if host in LOOPBACK_NAMES and wish != "required" else "starttls"


def read_sender(text: str) -> Address:
    """MAIL_FROM: an address, with or without a name before it. Raises ValueError that repeats nothing of it."""
    found = _SENDER.fullmatch(text.strip())
    if found is None or not text.isprintable():
        raise ValueError(_SENDER_FORM)
    try:
        # ASCII before the @: servers on the way need not know of others (RFC 6531), and answers must find back.
        address = validate_email(
            found["alone"] or found["within"],
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=True,
        )
    except EmailNotValidError:
        raise ValueError(_SENDER_FORM) from None
    name = (found["name"] or "").strip().removeprefix('"').removesuffix('"')
    return Address(name, addr_spec=address.ascii_email)


def list_mail_faults(settings: Settings) -> Iterator[str]:
    """What is wrong with SMTP_URL and MAIL_FROM, each with its cure."""
    if settings.smtp_url is not None:
        try:
            read_mail_server(settings.smtp_url.get_secret_value())
        except ValueError as fault:
            yield str(fault)
    if settings.mail_from is not None:
        try:
            read_sender(settings.mail_from)
        except ValueError as fault:
            yield str(fault)
    if settings.smtp_url is not None and settings.mail_from is None:
        yield "MAIL_FROM is not set. Say whom letters come from, such as accounts@example.org."
    if settings.smtp_url is None and settings.mail_from is not None:
        yield "MAIL_FROM is set, but not SMTP_URL, which says where letters go. Set it, or remove MAIL_FROM."


def find_mail_note(settings: Settings) -> str | None:
    """What people cannot do while no letter can be sent; None when letters are sent or kept for the mailbox page."""
    if settings.sends_mail:
        return None
    return (
        "Mail is off, since SMTP_URL is not set. Nobody is sent a link to verify an address, to reset a password, to "
        "accept an invitation or to undo a change, nor told of changes and new devices. "
        "Administrators make such links and hand them over."
    )
