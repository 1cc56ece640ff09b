"""The way to the mail server: encrypted and verified before anything is said, signed in as SMTP_URL says."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.infra.mail_world import ADDRESS, LETTER, deliver, queue, the_mail
from tests.mail_servers import make_certificate, scripted, settings_for, sink
from webapp.config import current_settings
from webapp.infra.delivery import Delivery, Round

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

PASSWORD = "pässword: with/all?of#it%@"
QUOTED = "p%C3%A4ssword%3A%20with%2Fall%3Fof%23it%25%40"


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for localhost, trusted here as an operator's own authority is."""
    return trusted(tmp_path, monkeypatch)


def trusted(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "localhost") -> ssl.SSLContext:
    certificate, key = make_certificate(folder, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def check_password(
    _server: object, _session: object, _envelope: object, mechanism: str, data: Any
) -> AuthResult:
    is_right = (mechanism, data.login, data.password) == ("PLAIN", b"us@er", PASSWORD.encode())
    return AuthResult(success=is_right, handled=is_right)


def test_letter_goes_by_starttls_after_signing_in(
    make_app: Callable[..., Flask], tls: ssl.SSLContext
) -> None:
    options = {
        "tls_context": tls,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": check_password,
    }
    with sink(**options) as found:
        settings = settings_for(found.port, query="?starttls=required", user=f"us%40er:{QUOTED}@")
        with make_app(**settings).app_context():
            queue()
            assert deliver() == Round(delivered=1)
        assert [recipients for _, recipients, _ in found.taken] == [[ADDRESS]]


def test_letter_goes_by_tls_from_the_start(make_app: Callable[..., Flask], tls: ssl.SSLContext) -> None:
    with sink(ssl_context=tls, server_hostname="localhost") as found:
        settings = {**settings_for(0), "SMTP_URL": f"smtps://localhost:{found.port}"}
        with make_app(**settings).app_context():
            queue()
            assert deliver() == Round(delivered=1)


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ("self-signed", "The certificate of the mail server cannot be verified: self-signed certificate."),
        ("another name", "The certificate of the mail server cannot be verified: Hostname mismatch"),
    ],
)
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_server_that_cannot_prove_who_it_is_gets_nothing(
    make_app: Callable[..., Flask],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    complaint: str,
    scheme: str,
) -> None:
    context = trusted(tmp_path, monkeypatch, "localhost" if how == "self-signed" else "elsewhere.example")
    if how == "self-signed":
        monkeypatch.delenv("SSL_CERT_FILE")
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    with sink(**options) as found:
        url = (
            f"smtps://u:p@localhost:{found.port}"
            if scheme == "smtps"
            else f"smtp://u:p@localhost:{found.port}?starttls=required"
        )
        with make_app(**{**settings_for(found.port), "SMTP_URL": url}).app_context():
            queue()
            said = deliver().complaint or ""
            assert said.startswith(complaint)
            assert found.taken == []
            assert the_mail().body is not None


def test_server_without_starttls_gets_neither_password_nor_letter(make_app: Callable[..., Flask]) -> None:
    with scripted(ehlo="250 AUTH PLAIN") as server:
        settings = settings_for(server.port, query="?starttls=required", user="user:kept-secret@")
        with make_app(**settings).app_context():
            queue()
            assert deliver().complaint == "The mail server offers no STARTTLS, so nothing was sent to it."
        assert set(server.reached) <= {"connect", "ehlo", "quit"}
        assert server.contents == []


def test_wrong_password_is_said_once_without_it_and_letters_wait(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    script: dict[str, str | list[str]] = {
        "ehlo": "250-hello\r\n250 AUTH PLAIN",
        "auth": ["535 5.7.8 bob, no", "535 5.7.8 bob, no", "235 welcome"],
    }
    with scripted(**script) as server:
        app = make_app(**settings_for(server.port, user="bob:kept-secret@"))
        with app.app_context(), caplog.at_level(logging.INFO, "latchkey.mail"):
            postman, rounds = Delivery(current_settings()), []
            for number in range(3):
                queue(f"person{number}@example.org")
                rounds.append(postman.run_round())
            assert [each.delivered for each in rounds] == [0, 0, 1]
            assert rounds[0].complaint == "The mail server refuses user or password of SMTP_URL (535 5.7.8)."
    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert warnings == [
        "The mail server refuses user or password of SMTP_URL (535 5.7.8). Letters wait, and are tried again.",
        "The mail server takes letters again.",
    ]
    assert "kept-secret" not in caplog.text
    assert "bob" not in caplog.text


def test_address_beyond_ascii_needs_a_server_that_takes_it(make_app: Callable[..., Flask]) -> None:
    recipient = "用户@bücher.example"
    with scripted() as server, make_app(**settings_for(server.port)).app_context():
        queue(recipient)
        assert deliver() == Round(given_up=1)
        assert the_mail().last_failure == "the mail server takes no addresses beyond ASCII"
    with sink(enable_SMTPUTF8=True) as found, make_app(**settings_for(found.port)).app_context():
        queue(recipient, LETTER)
        assert deliver() == Round(delivered=1)
        assert found.messages[0]["To"] == "用户@xn--bcher-kva.example"
