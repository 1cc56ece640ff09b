"""A letter as it travels: text and HTML made of the same structure, in one message (RFC 5322)."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp.config.load import PROJECT_ROOT
from webapp.config.mail_server import read_sender

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.config import Settings
    from webapp.infra.outbox import Letter

_LONGEST_SUBJECT: Final = 200


class UnusableAddress(Exception):
    """Nothing can be sent there."""


@dataclass(frozen=True, slots=True)
class Written:
    """A letter with its envelope. It is the same however often it is written, so that a copy is known as one."""

    sender: str
    recipient: str
    message: EmailMessage

    def to_bytes(self, *, international: bool) -> bytes:
        """`international`: the server takes addresses beyond ASCII in headers (RFC 6532)."""
        return self.message.as_bytes(policy=SMTPUTF8 if international else SMTP)


def write_letter(
    letter: Letter, recipient: str, mail_id: str, written_at: datetime, settings: Settings
) -> Written:
    """Raises UnusableAddress. `mail_id` makes the Message-ID: who gets the letter twice can tell."""
    sender = find_sender(settings)
    address = _wire_address(recipient)
    host = urlsplit(settings.public_url).hostname or "localhost"
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    # In two parts: as one, Python takes ASCII only.
    message["To"] = Address(username=address.rpartition("@")[0], domain=address.rpartition("@")[2])
    message["Subject"] = one_line(letter.subject)[:_LONGEST_SUBJECT]
    message["Date"] = written_at
    message["Message-ID"] = f"<{mail_id}@{f'[{host}]' if ':' in host else host}>"
    # Out-of-office programs leave such letters alone (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    # Quoted-printable travels through every server, whatever it understands.
    message.set_content(letter_as_text(letter, settings), cte="quoted-printable")
    message.add_alternative(letter_as_html(letter, settings), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{mail_id}")
    return Written(sender.addr_spec, address, message)


def letter_as_text(letter: Letter, settings: Settings) -> str:
    """For programs and people who read no HTML."""
    return _render("letter.txt", letter, settings)


def letter_as_html(letter: Letter, settings: Settings) -> str:
    """Without pictures, scripts or anything that is fetched."""
    return _render("letter.html", letter, settings)


def find_sender(settings: Settings) -> Address:
    """Whom letters come from: MAIL_FROM, under the name of the installation where it gives none."""
    if settings.mail_from is None:
        # Nothing is sent then: letters end at the mailbox page.
        return Address(one_line(settings.app_name), "no-reply", "localhost")
    sender = read_sender(settings.mail_from)
    return sender if sender.display_name else Address(one_line(settings.app_name), addr_spec=sender.addr_spec)


def one_line(text: str) -> str:
    """Without line breaks and control characters: a header must not become two (RFC 5322, section 2.2)."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _wire_address(recipient: str) -> str:
    """With its domain in ASCII, as servers look it up."""
    try:
        found = validate_email(recipient, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise UnusableAddress from None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def _render(name: str, letter: Letter, settings: Settings) -> str:
    template = _templates().get_template(name)
    return template.render(letter=letter, app_name=settings.app_name, public_url=settings.public_url)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(PROJECT_ROOT / "templates" / "mails"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
