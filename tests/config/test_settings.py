"""Settings: typed, defaulted by environment, complete in their complaints, silent about their secrets."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from tests.servers.application import ENVIRONMENT
from webapp.config import Settings, UnusableSettings, load_settings
from webapp.config.settings import SECRET_NAMES, SETTING_NAMES
from webapp.core.limit import Limit

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = "kept-to-myself-0123456789-ABCDEFGHIJ-klmnop"
TYPED: list[tuple[str, str, Any]] = [
    ("HOST", "0.0.0.0", "0.0.0.0"),
    ("PORT", "9000", 9000),
    ("APP_NAME", "Portal", "Portal"),
    ("COMMAND_PREFIX", "latchkey", "latchkey"),
    ("PUBLIC_URL", "https://a.example/", "https://a.example"),
    ("BCRYPT_ROUNDS", "13", 13),
    ("JWT_AUDIENCE", "shop", "shop"),
    ("ACCESS_TOKEN_LIFETIME", "600", timedelta(minutes=10)),
    ("SESSION_IDLE_LIMIT", "3600", timedelta(hours=1)),
    ("REFRESH_OVERLAP", "30", timedelta(seconds=30)),
    ("JWKS_MAX_AGE", "60", timedelta(minutes=1)),
    ("JWT_ALGORITHM", "EdDSA", "EdDSA"),
    ("KEY_ROTATION_INTERVAL", "86400", timedelta(days=1)),
    ("REGISTRATION", "closed", "closed"),
    ("REGISTRATION", "invite", "invite"),
    ("REQUIRE_MFA_FOR", "administrator, night-shift,", ("administrator", "night-shift")),
    ("REQUIRE_VERIFIED_EMAIL", "true", True),
    ("REQUIRE_DPOP_NONCE", "true", True),
    (
        "CONNECTIONS_ALLOW_NETWORKS",
        "10.1.0.0/16, fd00:1::/32",
        (ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")),
    ),
    ("CONNECTIONS_AT_ONCE", "64", 64),
    ("WEBHOOKS_ALLOW_NETWORKS", "10.2.0.0/16", (ip_network("10.2.0.0/16"),)),
    (
        "METRICS_ALLOW",
        "::ffff:10.3.0.0/112, ::ffff:1.2.3.4",
        (ip_network("10.3.0.0/16"), ip_network("1.2.3.4")),
    ),
    ("METRICS_ALLOW", "::/64, 2001:db8::/96", (ip_network("::/64"), ip_network("2001:db8::/96"))),
    ("METRICS_ALLOW", "127.0.0.1, 10.3.0.0/16", (ip_network("127.0.0.1"), ip_network("10.3.0.0/16"))),
    ("TRUSTED_PROXIES", "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
    ("TRUSTED_HOSTS", "a.example, .b.example,", ("a.example", ".b.example")),
    (
        "CORS_ORIGINS",
        "https://App.example:443/, http://localhost:80,https://App.example",
        ("https://app.example", "http://localhost"),
    ),
    (
        "CORS_ORIGINS",
        "http://[::1]:5173, https://xn--bcher-kva.example:8443",
        ("http://[::1]:5173", "https://xn--bcher-kva.example:8443"),
    ),
    ("SECURITY_CONTACT", "mailto:security@example.org", "mailto:security@example.org"),
    ("LIMIT_PER_ADDRESS", "5/2h", Limit(5, 7200)),
    ("LOG_LEVEL", "ERROR", "ERROR"),
    ("LOG_JSON", "1", True),
]
UNUSABLE = [
    ("APP_ENV", "prod"), ("PORT", "0"), ("PORT", "70000"), ("PORT", "http"), ("PORT", "8000.5"), ("APP_NAME", "x" * 61),
    ("COMMAND_PREFIX", "a\nb"), ("COMMAND_PREFIX", "x" * 201),
    ("BCRYPT_ROUNDS", "3"), ("BCRYPT_ROUNDS", "17"), ("BCRYPT_ROUNDS", "twelve"), ("JWT_ALGORITHM", "none"),
    ("JWT_ALGORITHM", "HS256"), ("JWT_AUDIENCE", "x" * 201), ("ACCESS_TOKEN_LIFETIME", "0"),
    ("ACCESS_TOKEN_LIFETIME", "-1"), ("ACCESS_TOKEN_LIFETIME", "15m"), ("ACCESS_TOKEN_LIFETIME", "\u0661"),
    ("SESSION_ABSOLUTE_LIMIT", "9" * 30), ("SESSION_ABSOLUTE_LIMIT", "9" * 5000), ("REGISTRATION", "maybe"),
    ("REQUIRE_VERIFIED_EMAIL", "perhaps"), ("TRUSTED_PROXIES", "10.0.0.1/8"), ("TRUSTED_PROXIES", "proxy.local"),
    ("LIMIT_PER_ADDRESS", "0/m"), ("LIMIT_PER_ADDRESS", "5"), ("LIMIT_PER_ADDRESS", "5/999999d"),
    ("CONNECTIONS_ALLOW_NETWORKS", "10.1.0.1/16"), ("CONNECTIONS_AT_ONCE", "0"), ("CONNECTIONS_AT_ONCE", "129"),
    ("WEBHOOKS_ALLOW_NETWORKS", "10.2.0.1/16"), ("METRICS_ALLOW", "everybody"),
    ("AUDIT_RETENTION_DAYS", "0"), ("AUDIT_RETENTION_DAYS", "36501"), ("AUDIT_RETENTION_DAYS", "1.5"),
    ("LOG_LEVEL", "LOUD"), ("LOG_JSON", "maybe"), ("DATABASE_URL", "nonsense"), ("DATABASE_URL", "mysql://h/d"),
    ("DATABASE_URL", "sqlite:///"), ("DATABASE_URL", "sqlite:///:memory:"), ("DATABASE_URL", "sqlite:////tmp/a\0b.db"),
    ("DATABASE_URL", "sqlite:///file:a.db?uri=true"),
    ("DATABASE_URL", "postgresql://h:port/d"), ("DATABASE_URL", "postgresql+psycopg2://h/d"),
    ("REDIS_URL", "nonsense"), ("REDIS_URL", "http://h"), ("REDIS_URL", "redis://h:port"), ("REDIS_URL", "redis://["),
    ("PUBLIC_URL", "https://["), ("PUBLIC_URL", "https://h:port"), ("PUBLIC_URL", "ftp://h"),
    ("PUBLIC_URL", "h.example"), ("PUBLIC_URL", "https://u:p@h"), ("PUBLIC_URL", "https://h/path"),
    ("PUBLIC_URL", "https://h?q"), ("PUBLIC_URL", "https://"), ("SECURITY_CONTACT", "security@a.example"),
    ("MAIL_FROM", "x" * 321), ("REQUIRE_MFA_FOR", "Administrator"), ("REQUIRE_MFA_FOR", "administrator support"),
    ("SECURITY_CONTACT", "mailto:nobody"), ("SECURITY_CONTACT", "https://example.org/a\nExpires: never"),
    *[("CORS_ORIGINS", text) for text in (
        "*", "null", "https://*", "https://*.example.org", "https://app.example/path", "https://app.example?q",
        "https://app.example#f", "https://u:p@app.example", "https://u@app.example", "shop.example",
        "//shop.example", "ftp://app.example", "file://", "https://", "https://a.example b.example",
        "https://a.example:0", "https://a.example:65536", "https://a.example:http", "https://a.example:",
        "https://a..example", "https://.example", "https://a.example.", "https://a.example//", "https://b\u00fccher.example",
        "https://a.example\\b", "https://a.exa\nmple", "https://a.example, *",
    )],
]  # fmt: skip


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    return {**ENVIRONMENT, "INSTANCE_PATH": str(tmp_path)}


def complaints(environ: dict[str, str]) -> list[str]:
    with pytest.raises(UnusableSettings) as refusal:
        load_settings(environ)
    return refusal.value.complaints


@pytest.mark.parametrize(("name", "text", "value"), TYPED)
def test_setting_arrives_in_its_type(given: dict[str, str], name: str, text: str, value: object) -> None:
    found = getattr(load_settings({**given, name: text}), name.lower())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("name", "text"), UNUSABLE)
def test_unusable_value_is_named_and_not_repeated(given: dict[str, str], name: str, text: str) -> None:
    (complaint,) = [each for each in complaints({**given, name: text}) if name in each]
    assert len(text) < 11 or text not in complaint


def test_every_complaint_comes_at_once(given: dict[str, str]) -> None:
    found = complaints({**given, "PORT": "x", "LOG_LEVEL": "x", "BCRYPT_ROUNDS": "x"})
    assert sorted(each.split()[0] for each in found) == ["BCRYPT_ROUNDS", "LOG_LEVEL", "PORT"]


@pytest.mark.parametrize("name", sorted(SETTING_NAMES - {"INSTANCE_PATH", "APP_ENV"}))
def test_empty_value_counts_as_not_set(given: dict[str, str], name: str) -> None:
    without = {key: value for key, value in given.items() if key != name}
    assert load_settings({**without, name: ""}) == load_settings(without)


def test_defaults_of_development_and_production_differ(given: dict[str, str]) -> None:
    base = {**given, "PUBLIC_URL": "https://a.example", "BCRYPT_ROUNDS": "12", "LOG_LEVEL": ""}
    development = load_settings({**base, "APP_ENV": "development"})
    production = load_settings({**base, "APP_ENV": "production"})
    assert (development.log_level, production.log_level) == ("WARNING", "INFO")
    assert (development.log_json, production.log_json) == (False, True)
    assert development.access_token_lifetime > production.access_token_lifetime
    assert production.database_url == f"sqlite:///{given['INSTANCE_PATH']}/latchkey.db"


def test_settings_cannot_be_changed(given: dict[str, str]) -> None:
    settings = load_settings(given)
    with pytest.raises(ValidationError):
        settings.bcrypt_rounds = 4  # type: ignore[misc]


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_no_secret_is_in_a_repr(given: dict[str, str], name: str) -> None:
    url = {"DATABASE_URL": f"postgresql://u:{HIDDEN}@h/d", "REDIS_URL": f"redis://:{HIDDEN}@h"}
    url["SMTP_URL"] = f"smtps://u:{HIDDEN}@h"
    sender = {"MAIL_FROM": "accounts@example.org"} if name == "SMTP_URL" else {}
    settings = load_settings({**given, **sender, name: url.get(name, HIDDEN)})
    assert HIDDEN not in repr(settings)
    assert HIDDEN not in str(settings)


def test_no_secret_is_in_a_complaint(given: dict[str, str]) -> None:
    bad = {"DATABASE_URL": f"mysql://u:{HIDDEN}@h/d", "REDIS_URL": f"http://:{HIDDEN}@h", "PORT": "x"}
    every = dict.fromkeys(SECRET_NAMES, HIDDEN) | bad
    assert HIDDEN not in "".join(complaints({**given, **every}))
    assert HIDDEN not in "".join(complaints({**given, **every, "PORT": "8000", "APP_ENV": "production"}))


def test_every_setting_is_tried_here_or_is_a_secret() -> None:
    tried = {name for name, *_ in TYPED} | {name for name, _ in UNUSABLE} | SECRET_NAMES
    alike = {name for name in SETTING_NAMES if name.startswith("LIMIT_")}
    alike |= {"REFRESH_TOKEN_LIFETIME", "REFRESH_DEADLINE", "INSTANCE_PATH"}
    assert {name.upper() for name in Settings.model_fields} == tried | alike
