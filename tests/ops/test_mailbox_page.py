"""The mailbox of a development installation: its letters, for the person at this machine and nobody else."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from tests.infra.mail_world import LETTER, deliver, queue, the_mail
from tests.page_client import PageClient
from webapp.core.origin import Origin, set_origin
from webapp.infra.delivery import Round
from webapp.infra.outbox import Letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.fixture
def environment() -> dict[str, str]:
    return {"APP_ENV": "development"}


def mailbox_with(app: Flask, *letters: Letter) -> PageClient:
    with app.app_context():
        set_origin(Origin("job"))
        for letter in letters:
            queue(letter=letter)
    return PageClient(app.test_client())


def test_letter_is_listed_and_its_link_leads_on(app: Flask) -> None:
    pages = mailbox_with(
        app,
        LETTER,
        Letter("<b>Second</b>", ("Hello.",), others=(("This was not me", "https://localhost/not-me/x"),)),
    )
    page = pages.get("/mailbox")
    assert [each.text for each in page.find_all(".row-title a")] == ["<b>Second</b>", "Confirm your address"]
    page = pages.click("Confirm your address")
    assert page.heading == "Confirm your address"
    (button,), (text,) = page.find_all("a.button"), page.find_all("pre")
    assert button.attributes["href"] == "https://localhost/verify-email/a-secret-token"
    assert "Somebody gave this address." in text.text


def test_delivered_letter_stays_to_be_read_where_none_is_sent(app: Flask) -> None:
    pages = mailbox_with(app, LETTER)
    with app.app_context():
        assert (deliver(), deliver()) == (Round(delivered=1), Round())
        mail = the_mail()
        assert (mail.body is not None, mail.due_at) == (True, None)
    assert pages.get(f"/mailbox/{mail.id}").status == 200


def test_whole_message_can_be_opened_in_a_mail_program(app: Flask) -> None:
    mailbox_with(app, LETTER)
    with app.app_context():
        mail_id = the_mail().id
    answer = app.test_client().get(f"/mailbox/{mail_id}.eml")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={mail_id}.eml"
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("message/rfc822", "no-store")
    message = message_from_bytes(answer.data, policy=policy.default)
    assert (message["Subject"], message["To"]) == ("Confirm your address", "bob@example.org")


def test_empty_mailbox_says_what_it_is_for(app: Flask) -> None:
    page = PageClient(app.test_client()).get("/mailbox")
    assert (page.status, page.heading) == (200, "Mailbox")
    assert "No letters" in page.text


@pytest.mark.parametrize(
    "settings",
    [{"APP_ENV": "testing"}, {"SMTP_URL": "smtp://localhost:1025", "MAIL_FROM": "a@example.org"}],
)
def test_mailbox_is_nowhere_else(make_app: Callable[..., Flask], settings: dict[str, str]) -> None:
    app = make_app(**settings)
    assert app.test_client().get("/mailbox").status_code == 404
    assert app.jinja_env.globals["mailbox_path"] is None


@pytest.fixture
def strangers(make_app: Callable[..., Flask]) -> Flask:
    return make_app(TRUSTED_HOSTS="shown.example", TRUSTED_PROXIES="127.0.0.2")


@pytest.mark.parametrize(
    ("address", "host", "forwarded"),
    [
        ("192.168.1.7", "localhost", ""),
        ("10.0.0.1", "localhost", "127.0.0.1"),
        ("127.0.0.1", "shown.example", ""),
        ("127.0.0.2", "localhost", "203.0.113.9"),
    ],
)
@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/{id}", "/mailbox/{id}.eml"])
def test_caller_from_elsewhere_sees_no_letter(
    strangers: Flask, address: str, host: str, forwarded: str, path: str
) -> None:
    mailbox_with(strangers, LETTER)
    with strangers.app_context():
        mail_id = the_mail().id
    answer = strangers.test_client().get(
        path.format(id=mail_id),
        base_url=f"http://{host}",
        environ_base={"REMOTE_ADDR": address},
        headers={"X-Forwarded-For": forwarded} if forwarded else {},
    )
    assert answer.status_code == 404
    assert "a-secret-token" not in answer.text
    assert "Confirm your address" not in answer.text


@pytest.mark.parametrize("mail_id", ["x", "x" * 300, "..", "%00", "%27%20or%201"])
def test_letter_that_is_not_there(app: Flask, mail_id: str) -> None:
    answer = app.test_client().get(f"/mailbox/{mail_id}")
    assert answer.status_code in {400, 404}
