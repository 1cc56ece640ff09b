"""Each part's health: what makes it good, worth attention, or wrong, and what it says then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import open_console
from tests.keys.key_nodes import act
from webapp.admin.dashboard_store import Waiting
from webapp.admin.health_strip import (
    Health,
    of_configuration,
    of_database,
    of_limits,
    of_mail,
    span,
)
from webapp.config import load_settings
from webapp.core import clock
from webapp.infra.figures import Amount
from webapp.keys.rotation import rotate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from webapp.config import Settings

NOW = clock.now()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MAIL = {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "accounts@example.org"}
NOBODY = Waiting(Amount(0), None, None)
PRODUCTION = {
    "APP_ENV": "production", "PUBLIC_URL": "https://accounts.example.org", "REQUIRE_MFA_FOR": "administrator",
    "SECRET_KEY": "a-Secret-of-the-tests-0123456789-abcdefghij", "ENCRYPTION_KEY": "b-Secret-of-the-tests-0123456789",
    "PASSWORD_PEPPER": "c-Secret-of-the-tests-0123456789-abc",
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Those of a production server without any fault, and what a test changes."""
    given = {"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/x.db", **PRODUCTION}
    return lambda **changed: load_settings({**given, **changed})


def said(health: Health) -> tuple[str, str]:
    return health.state, health.sentence


def test_database_says_what_it_is_and_how_quickly_it_answers() -> None:
    assert said(of_database("SQLite 3.45", timedelta(microseconds=420))) == (
        "good",
        "SQLite 3.45, answers in 0.4 ms.",
    )
    assert said(of_database("PostgreSQL 18", timedelta(milliseconds=350)))[0] == "attention"


@pytest.mark.parametrize(
    ("is_configured", "answers", "state", "words"),
    [(False, False, "good", "memory"), (True, True, "good", "answers"), (True, False, "wrong", "not answer")],
)
def test_limits_are_in_memory_shared_or_cut_off(
    is_configured: bool, answers: bool, state: str, words: str
) -> None:
    health = of_limits(is_configured=is_configured, answers=answers)
    assert (health.state, words in health.sentence) == (state, True)


@pytest.mark.parametrize(
    ("waiting", "given_up", "state", "words"),
    [
        (NOBODY, 0, "good", "Nothing waits."),
        (NOBODY, 1, "attention", "1 letter given up in the last day."),
        (
            Waiting(Amount(3), NOW - 5 * MINUTE, "451 later."),
            0,
            "good",
            "3 waiting, the oldest for 5 minutes.",
        ),
        (
            Waiting(Amount(3), NOW - HOUR, "451 later."),
            2,
            "attention",
            "The mail server last said: 451 later.",
        ),
        (
            Waiting(Amount(10_000, is_exact=False, is_least=True), NOW - DAY, None),
            0,
            "wrong",
            "More than 10,000",
        ),
    ],
)
def test_mail_waits_for_a_moment_for_long_or_in_vain(
    settings: Callable[..., Settings], waiting: Waiting, given_up: int, state: str, words: str
) -> None:
    health = of_mail(settings(**MAIL), waiting, given_up, NOW)
    assert (health.state, words in health.sentence) == (state, True), health.sentence


def test_mail_without_a_server_is_told(settings: Callable[..., Settings]) -> None:
    assert said(of_mail(settings(), NOBODY, 0, NOW)) == (
        "attention",
        "No mail server is set, so administrators hand links over.",
    )
    health = of_mail(settings(APP_ENV="development"), NOBODY, 0, NOW)
    assert (health.state, "mailbox page" in health.sentence) == ("good", True)


def test_configuration_names_what_could_be_better(settings: Callable[..., Settings]) -> None:
    assert said(of_configuration(settings())) == ("good", "Production settings, with nothing to improve.")
    former = "an-Older-secret-of-the-tests-0123456789"
    loose = settings(APP_ENV="development", REQUIRE_MFA_FOR="", SECRET_KEY_FALLBACKS=former)
    state, sentence = said(of_configuration(loose))
    assert state == "attention"
    assert all(each in sentence for each in ("APP_ENV", "REQUIRE_MFA_FOR", "(SECRET_KEY_FALLBACKS)"))
    assert former not in sentence


def test_page_shows_every_part_and_no_secret(make_app: Callable[..., Flask]) -> None:
    app = make_app(
        REDIS_URL="redis://:rediswort@127.0.0.1:9/0",
        SMTP_URL="smtps://kurier:mailwort@mail.example.org",
        MAIL_FROM="accounts@example.org",
        KEY_ROTATION_INTERVAL="7776000",
    )
    act(app, lambda: rotate(at_once=True))
    page = open_console(app).pages.get("/admin")
    parts = [row.text for row in page.find_all("section[aria-labelledby=health-heading] .row")]
    assert [each.split(" ")[0] for each in parts] == [
        "Database", "Limits", "Mail", "Signing", "Audit", "Configuration",
    ]  # fmt: skip
    assert "Limits Wrong Redis does not answer." in parts[1]
    assert "another takes over in 89 days." in parts[3] or "another takes over in 90 days." in parts[3]
    assert not any(
        each in page.html for each in ("rediswort", "mailwort", "kurier", "mail.example.org", "127.0.0.1:9")
    )


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 seconds"),
        (-DAY, "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (90 * MINUTE, "90 minutes"),
        (47 * HOUR, "47 hours"),
        (48 * HOUR, "2 days"),
    ],
)
def test_a_span_is_said_in_the_largest_unit_that_fits_twice(length: timedelta, words: str) -> None:
    assert span(length) == words
