"""The settings page: everything in force and where it comes from, nothing secret, and no more than three to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.admin.console import Console, enter, open_console
from tests.make import make_account
from tests.servers.application import ENVIRONMENT
from webapp.admin.setting_words import GROUPS
from webapp.admin.settings_in_force import in_words, value_in_words, without_login
from webapp.config import load_settings
from webapp.config.settings import SETTING_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

SMTP_URL = "smtp://postbote:brieftaube%2F7@mail.example.org:2525"
SECRETS = ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")
REDIS_URL = "redis://zaehler:siebenschlaefer@127.0.0.1:1/3?password=nochmal"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "smtp").write_text(SMTP_URL, encoding="utf-8")
    return {
        "SMTP_URL_FILE": str(tmp_path / "smtp"),
        "MAIL_FROM": "accounts@example.org",
        "SECRET_KEY_FALLBACKS": "former-secret-key-of-the-tests-0123456789,one-more-former-key-0123456789",
        "SESSION_IDLE_LIMIT": "5400",
        "TRUSTED_PROXIES": "10.0.0.0/8,::1",
    }


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def row(console: Console, name: str) -> tuple[str, str]:
    """What the page says of a setting: its value, and where it comes from."""
    cells = console.pages.get("/admin/settings").find_all(f"#{name} td")
    return cells[0].text.removesuffix(" Change"), cells[1].text


def test_every_setting_stands_in_one_group_with_a_sentence() -> None:
    names = [name for notes in GROUPS.values() for name in notes]
    assert sorted(names) == sorted(SETTING_NAMES)
    assert all(note.endswith(".") for notes in GROUPS.values() for note in notes.values())


def test_settings_are_shown_with_their_value_and_where_it_comes_from(console: Console) -> None:
    assert row(console, "BCRYPT_ROUNDS") == ("4", "environment")
    assert row(console, "SESSION_IDLE_LIMIT") == ("90 minutes", "environment")
    assert row(console, "SESSION_ABSOLUTE_LIMIT") == ("30 days", "default")
    assert row(console, "TRUSTED_PROXIES") == ("10.0.0.0/8, ::1/128", "environment")
    assert row(console, "REQUIRE_MFA_FOR") == ("none", "default")
    assert row(console, "SMTP_URL") == ("smtp://mail.example.org:2525", "file")
    assert row(console, "SECRET_KEY_FALLBACKS") == ("2 set", "environment")
    assert row(console, "ENCRYPTION_KEY") == ("set", "environment")
    assert row(console, "ENCRYPTION_KEY_FALLBACKS") == ("not set", "default")


def test_no_secret_stands_in_the_page(app: Flask, console: Console) -> None:
    from webapp.config import current_settings

    html = console.pages.get("/admin/settings").html
    with app.app_context():
        settings = current_settings()
    secrets = [ENVIRONMENT[name] for name in SECRETS]
    secrets += [each.get_secret_value() for each in settings.secret_key_fallbacks]
    secrets += ["postbote", "brieftaube"]
    assert [each for each in secrets if each in html or each[:12] in html] == []


def test_no_secret_is_told_whatever_holds_it(tmp_path: Path) -> None:
    secrets = {
        "DATABASE_URL": "postgresql://postbote:siebenschlaefer@db.example.org/latchkey?sslpassword=brieftaube",
        "REDIS_URL": REDIS_URL,
        "SMTP_URL": SMTP_URL,
        **{f"{name}_FALLBACKS": f"former-{ENVIRONMENT[name]},older-{ENVIRONMENT[name]}" for name in SECRETS},
    }
    given = {**ENVIRONMENT, **secrets, "INSTANCE_PATH": str(tmp_path), "MAIL_FROM": "accounts@example.org"}
    settings = load_settings(given)
    told = {name: value_in_words(name, settings) for name in SETTING_NAMES}
    assert {told[name] for name in SECRETS} == {"set"}
    assert {told[f"{name}_FALLBACKS"] for name in SECRETS} == {"2 set"}
    forbidden = ("postbote", "zaehler", "siebenschlaefer", "brieftaube", "nochmal", "0123456789", "***")
    assert [name for name, value in told.items() if any(each in value for each in forbidden)] == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (REDIS_URL, "redis://127.0.0.1:1/3"),
        ("redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock"),
        ("postgresql://ada:geheim@db.example.org/latchkey", "postgresql://db.example.org/latchkey"),
        ("postgresql://db/x?password=geheim&sslpassword=geheim", "postgresql://db/x"),
        ("postgresql+psycopg://ada:ge%40heim@[::1]:5433/x", "postgresql+psycopg://[::1]:5433/x"),
        ("sqlite:////srv/latchkey.db?mode=geheim", "sqlite:////srv/latchkey.db"),
        ("smtp://geheim@geheim:geheim", "set"),
        ("redis://:geheim@h:99999", "set"),
        ("postgresql://ada:1234/geheim@db.example.org/latchkey", "set"),
        ("postgresql://db:5432/x?password=ge@heim", "set"),
        ("smtp://ada:1#geheim@mail.example.org", "set"),
        ("sqlite://ada:ge/heim@/x.db", "set"),
    ],
)
def test_address_is_shown_without_user_password_and_options(address: str, shown: str) -> None:
    assert without_login(address) == shown


@given(
    st.sampled_from(
        [
            "postgresql://ada:{}@db.example.org:5432/latchkey",
            "postgresql://{}@db.example.org/latchkey",
            "postgresql://db.example.org:5432/latchkey?password={}",
            "redis://:{}@db.example.org/3",
            "smtps://ada:{}@db.example.org",
            "sqlite://ada:{}@/latchkey.db",
        ]
    ),
    st.text("xyzXYZ1234/:@?#%&=[]\\ ._-'\"\n\u00fc", min_size=1, max_size=20),
)
@example("postgresql://ada:{}@db.example.org:5432/latchkey", "1/xyz")
@example("postgresql://ada:{}@db.example.org:5432/latchkey", "1@xyz")
def test_no_piece_of_a_password_is_shown_however_it_is_written(address: str, password: str) -> None:
    # The same as of another password, or nothing.
    assert without_login(address.format(password)) in {without_login(address.format("Q")), "set"}


def test_values_are_shown_as_people_read_them() -> None:
    assert (in_words("LOG_JSON", True), in_words("LOG_JSON", False)) == ("yes", "no")
    assert in_words("SECURITY_CONTACT", None) == "not set"
    assert in_words("REQUIRE_MFA_FOR", ("administrator", "support")) == "administrator, support"


def test_auditor_looks_and_changes_nothing(app: Flask, console: Console) -> None:
    auditor = enter(app, make_account(app, "eve", roles=("user", "auditor")))
    page = auditor.get("/admin/settings")
    assert page.find("#APP_NAME a") is None
    assert [auditor.get(f"/admin/settings/{each}").status for each in ("app-name", "registration")] == [
        403,
        403,
    ]
    token = page.get("[name=csrf_token]").attributes["value"]
    sent = auditor.post(
        "/admin/settings/registration", data={"csrf_token": token, "value": "closed", "version": "0"}
    )
    assert sent.status == 403
    assert row(console, "REGISTRATION") == ("open", "default")


@pytest.mark.parametrize(
    "slug", ["secret-key", "APP_NAME", "app_name", "database-url", "app-name/confirm", "x"]
)
def test_other_settings_cannot_be_changed(console: Console, slug: str) -> None:
    token = console.pages.get("/admin/settings").get("[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "value": "x", "version": "0"}
    assert console.pages.get(f"/admin/settings/{slug}").status == 404
    assert console.pages.post(f"/admin/settings/{slug}", data=data).status in {404, 405}


def test_people_without_a_part_in_the_administration_are_refused(app: Flask, console: Console) -> None:
    assert enter(app, console.bob).get("/admin/settings").status == 403
