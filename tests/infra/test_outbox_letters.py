"""A letter as it travels: text and HTML from one structure, headers that nobody can forge, every script."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from tests.html_tree import parse
from webapp.config import current_settings
from webapp.infra.letters import UnusableAddress, Written, write_letter
from webapp.infra.outbox import Letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from flask import Flask

WRITTEN_AT = datetime(2026, 11, 21, 18, 4, tzinfo=UTC)
LINK = f"https://localhost/reset-password/{'a' * 43}?x=1&y=2"
OTHER = f"https://localhost/not-me/{'b' * 43}"
LETTER = Letter(
    "Reset your password — Füchse & Cie",
    ("You asked for a new password, <b>Ada</b>.", "Пароль — " + "long words " * 120),
    ("Choose a new password", LINK),
    ("If this was you, there is nothing to do.",),
    (("This was not me", OTHER),),
)


@pytest.fixture
def environment() -> dict[str, str]:
    return {
        "SMTP_URL": "smtp://localhost:1025",
        "MAIL_FROM": "accounts@example.org",
        "APP_NAME": "Schlüssel, Co",
    }


def write(recipient: str = "ada@example.org", letter: Letter = LETTER) -> Written:
    return write_letter(letter, recipient, "kqzp", WRITTEN_AT, current_settings())


def sent(written: Written) -> EmailMessage:
    content = written.to_bytes(international=not written.recipient.isascii())
    assert max(map(len, content.splitlines())) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message_from_bytes(content, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_headers_say_who_when_and_that_a_program_wrote_it(at_work: Flask) -> None:
    message = sent(write())
    assert message["Subject"] == LETTER.subject
    assert (message["From"], message["To"]) == ('"Schlüssel, Co" <accounts@example.org>', "ada@example.org")
    assert parsedate_to_datetime(str(message["Date"])) == WRITTEN_AT
    assert (message["Message-ID"], message["Auto-Submitted"]) == ("<kqzp@localhost>", "auto-generated")
    assert message.get_content_type() == "multipart/alternative"


def test_text_has_every_word_and_whole_links_on_lines_of_their_own(at_work: Flask) -> None:
    lines = body(sent(write()), "plain").splitlines()
    assert [line for line in lines if "://" in line] == [LINK, OTHER, "https://localhost"]
    assert [each for each in (*LETTER.paragraphs, *LETTER.closing) if each not in lines] == []
    assert "Choose a new password:" in lines
    assert lines[-3:] == ["-- ", "Schlüssel, Co", "https://localhost"]


def test_html_has_the_same_words_and_links_and_fetches_nothing(at_work: Flask) -> None:
    tree = parse(body(sent(write()), "html"))
    targets = [str(each.attributes["href"]) for each in tree.find_all("a")]
    assert targets == [LINK, LINK, OTHER, OTHER, "https://localhost"]
    words = " ".join(tree.text.split())
    assert [each for each in LETTER.paragraphs if " ".join(each.split()) not in words] == []
    assert words.count(LINK) == words.count(OTHER) == 1
    assert [each.tag for each in tree.walk() if each.tag in {"img", "script", "link", "table", "b"}] == []
    assert not [each for each in tree.walk() if "url(" in each.attributes.get("style", "")]
    html = tree.find("html")
    assert html is not None
    assert html.attributes["lang"] == "en"


def test_letter_is_the_same_however_often_it_is_written(at_work: Flask) -> None:
    assert write().to_bytes(international=False) == write().to_bytes(international=False)


def test_letter_without_an_action_has_none(at_work: Flask) -> None:
    message = sent(write(letter=Letter("Hello", ("One.",))))
    assert body(message, "plain").splitlines()[:3] == ["One.", "", "-- "]
    assert [each.attributes["href"] for each in parse(body(message, "html")).find_all("a")] == [
        "https://localhost"
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: eve@example.org",
        "Hello\nBcc: eve@example.org",
        "Hello\r\n\r\nBcc: eve@example.org",
        "Hello\0\v\u2028Bcc: eve",
    ],
)
def test_subject_cannot_become_another_header(at_work: Flask, subject: str) -> None:
    message = sent(write(letter=Letter(subject, ("One.",))))
    assert str(message["Subject"]).startswith("Hello Bcc:")
    assert message["Bcc"] is None
    assert len(message.keys()) == len(set(message.keys()))


@pytest.mark.parametrize(
    ("recipient", "envelope"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("Ada.Lovelace+x@example.org", "Ada.Lovelace+x@example.org"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
    ],
)
def test_address_of_any_script_is_written_as_servers_read_it(
    at_work: Flask, recipient: str, envelope: str
) -> None:
    written = write(recipient)
    assert (written.recipient, sent(written)["To"]) == (envelope, envelope)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "ada",
        "ada@example.org, eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "a b@example.org",
        "<ada@example.org>",
    ],
)
def test_what_is_no_single_address_is_not_written_to(at_work: Flask, recipient: str) -> None:
    with pytest.raises(UnusableAddress):
        write(recipient)


def test_name_in_mail_from_stands_before_the_address(make_app: Callable[..., Flask]) -> None:
    with make_app(MAIL_FROM="Sign-in at Example <accounts@example.org>").app_context():
        assert sent(write())["From"] == "Sign-in at Example <accounts@example.org>"


def test_message_id_has_the_public_host(make_app: Callable[..., Flask]) -> None:
    with make_app(PUBLIC_URL="https://[::1]").app_context():
        assert sent(write())["Message-ID"] == "<kqzp@[::1]>"
