"""SMTP_URL and MAIL_FROM: what they mean, what is refused with its cure, and that no password is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.test_safety import SAFE
from tests.config.test_settings import complaints
from tests.servers.application import ENVIRONMENT
from webapp.config import load_settings
from webapp.config.mail_server import MailServer, find_mail_note, read_mail_server, read_sender

if TYPE_CHECKING:
    from pathlib import Path

FROM = {"MAIL_FROM": "accounts@example.org"}
MEANT = [
    ("smtp://mail.example.org", MailServer("mail.example.org", 587, "starttls")),
    ("smtp://mail.example.org:25/?starttls=required", MailServer("mail.example.org", 25, "starttls")),
    ("smtps://mail.example.org", MailServer("mail.example.org", 465, "tls")),
    ("smtps://localhost:4650", MailServer("localhost", 4650, "tls")),
    ("smtp://localhost:1025", MailServer("localhost", 1025, "none")),
    ("smtp://[::1]:1025?starttls=never", MailServer("::1", 1025, "none")),
    ("smtp://127.0.0.1:1025?starttls=required", MailServer("127.0.0.1", 1025, "starttls")),
    (
        "smtp://us%40er:p%3A%2F%C3%A4%25@mail.example.org",
        MailServer("mail.example.org", 587, "starttls", "us@er", "p:/ä%"),
    ),
]
REFUSED = [
    ("mail.example.org", "must be such as"),
    ("http://mail.example.org", "must be such as"),
    ("smtp://", "must be such as"),
    ("smtp://mail.example.org:port", "must be such as"),
    ("smtp://mail.example.org:70000", "must be such as"),
    ("smtp://[", "must be such as"),
    ("smtp://mail.example.org/path", "must be such as"),
    ("smtp://mail.example.org#x", "must be such as"),
    ("smtp://mail.example.org\r\nQUIT", "must be such as"),
    ("smtp://us er:kept@mail.example.org", "must be such as"),
    ("smtp://user@mail.example.org", "without a password"),
    ("smtp://:kept@mail.example.org", "without a user"),
    ("smtp://user:kept%00@mail.example.org", "control character"),
    ("smtp://user:kept%0A@mail.example.org", "control character"),
    ("smtp://user:kept@mail.example.org?starttls=never", "plain text"),
    ("smtp://user:kept@localhost.example.org?starttls=never", "plain text"),
    ("smtp://mail.example.org?starttls=maybe", "?starttls=required or ?starttls=never"),
    ("smtp://mail.example.org?verify=no", "?starttls=required or ?starttls=never"),
    ("smtp://localhost?starttls=never&starttls=required", "?starttls=required or ?starttls=never"),
    ("smtp://localhost?starttls", "must be such as"),
    ("smtps://localhost?starttls=never", "Leave ?starttls out"),
]
SENDERS = [
    "accounts", "accounts@", "@example.org", "<>", "a@example.org, b@example.org", "Friends: a@example.org;",
    "accounts@example.org\nBcc: eve@example.org", "Example accounts@example.org", "Example <accounts@example.org",
    "<accounts@example.org> Example", "<a@example.org> <b@example.org>", "ак@example.org", '"a b"@example.org',
]  # fmt: skip


@pytest.mark.parametrize(("address", "meant"), MEANT)
def test_address_of_a_mail_server_is_understood(address: str, meant: MailServer) -> None:
    assert read_mail_server(address) == meant
    assert "p:/" not in repr(read_mail_server(address))


@pytest.mark.parametrize(("address", "words"), REFUSED)
def test_unusable_address_is_refused_everywhere_and_not_repeated(
    tmp_path: Path, address: str, words: str
) -> None:
    base = {**ENVIRONMENT, **FROM, "INSTANCE_PATH": str(tmp_path)}
    (complaint,) = complaints({**base, "SMTP_URL": address})
    assert complaint.startswith("SMTP_URL")
    assert words in complaint
    assert "kept" not in complaint


@pytest.mark.parametrize("text", SENDERS)
def test_sender_that_is_not_one_address_is_refused(tmp_path: Path, text: str) -> None:
    base = {**ENVIRONMENT, "SMTP_URL": "smtp://localhost", "INSTANCE_PATH": str(tmp_path)}
    assert [each.split(",")[0] for each in complaints({**base, "MAIL_FROM": text})] == [
        "MAIL_FROM must be one address"
    ]


@pytest.mark.parametrize(
    "text", ["accounts@example.org", "Example <accounts@example.org>", '"Ex, Ämple" <accounts@example.org>']
)
def test_sender_with_or_without_a_name(text: str) -> None:
    sender = read_sender(text)
    assert sender.addr_spec == "accounts@example.org"
    assert sender.display_name == text.partition("<")[0].partition("accounts")[0].strip().strip('"')


def test_each_of_the_two_needs_the_other(tmp_path: Path) -> None:
    base = {**ENVIRONMENT, "INSTANCE_PATH": str(tmp_path)}
    (first,) = complaints({**base, "SMTP_URL": "smtp://localhost"})
    (second,) = complaints({**base, **FROM})
    assert first.startswith("MAIL_FROM is not set.")
    assert second.startswith("MAIL_FROM is set, but not SMTP_URL")


def test_production_without_mail_starts_and_says_what_is_off(tmp_path: Path) -> None:
    settings = load_settings({**SAFE, "INSTANCE_PATH": str(tmp_path)})
    note = find_mail_note(settings) or ""
    assert "reset a password" in note
    assert "Administrators make such links" in note
    sending = {**SAFE, **FROM, "INSTANCE_PATH": str(tmp_path), "SMTP_URL": "smtp://u:p@mail.example.org"}
    assert find_mail_note(load_settings(sending)) is None
    assert find_mail_note(load_settings({"INSTANCE_PATH": str(tmp_path)})) is None
