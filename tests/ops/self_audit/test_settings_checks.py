"""Checks that go by the settings: what each takes for good, worth a look, or wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ops.self_audit.grounds import (
    DEVELOPMENT,
    evidence_of,
    finding_of,
    level_of,
    machine_of,
    settings_of,
    stored_of,
)

SHORT = "short-secret"


@pytest.mark.parametrize(
    ("check", "changed", "level"),
    [
        ("configuration.environment", {}, "pass"),
        ("configuration.environment", DEVELOPMENT, "warn"),
        ("configuration.production", {}, "pass"),
        ("configuration.production", {**DEVELOPMENT, "BCRYPT_ROUNDS": "4"}, "warn"),
        ("configuration.debugging", {}, "pass"),
        ("configuration.debugging", {**DEVELOPMENT, "LOG_LEVEL": "DEBUG"}, "warn"),
        ("configuration.public-url", {}, "pass"),
        ("configuration.public-url", DEVELOPMENT, "warn"),
        ("configuration.hosts", {"TRUSTED_HOSTS": "sso.example.org"}, "pass"),
        ("configuration.hosts", {"TRUSTED_HOSTS": ".example.org"}, "warn"),
        ("configuration.origins", {"CORS_ORIGINS": "https://app.example.org"}, "pass"),
        ("configuration.origins", {"CORS_ORIGINS": "http://localhost:5173"}, "warn"),
        ("configuration.origins", {**DEVELOPMENT, "CORS_ORIGINS": "http://localhost:5173"}, "pass"),
        ("configuration.origins", {**DEVELOPMENT, "CORS_ORIGINS": "http://app.example.org"}, "warn"),
        ("configuration.registration", {}, "pass"),
        ("configuration.registration", {"REQUIRE_VERIFIED_EMAIL": "false"}, "warn"),
        ("configuration.registration", {"SMTP_URL": "", "MAIL_FROM": ""}, "warn"),
        ("configuration.registration", {"REGISTRATION": "closed", "REQUIRE_VERIFIED_EMAIL": ""}, "pass"),
        ("configuration.outbound", {"CONNECTIONS_ALLOW_NETWORKS": "10.1.0.0/16"}, "pass"),
        ("configuration.outbound", {"WEBHOOKS_ALLOW_NETWORKS": "127.0.0.1/32"}, "fail"),
        ("configuration.outbound", {"CONNECTIONS_ALLOW_NETWORKS": "::/0"}, "fail"),
        ("configuration.retention", {"AUDIT_RETENTION_DAYS": "90"}, "pass"),
        ("configuration.retention", {"AUDIT_RETENTION_DAYS": "89"}, "warn"),
        ("configuration.contact", {"SECURITY_CONTACT": ""}, "warn"),
        ("credentials.strength", {**DEVELOPMENT, "SECRET_KEY": SHORT}, "warn"),
        ("credentials.difference", {**DEVELOPMENT, "SECRET_KEY_FALLBACKS": "b-Secret-of-the-tests-0123456789"}, "warn"),
        ("credentials.former", {"PASSWORD_PEPPER_FALLBACKS": "d-Secret-of-the-tests-0123456789"}, "warn"),
        ("credentials.access-tokens", {"ACCESS_TOKEN_LIFETIME": "901"}, "warn"),
        ("credentials.sessions", {"SESSION_ABSOLUTE_LIMIT": "2592001"}, "warn"),
        ("keys.rotation", {"KEY_ROTATION_INTERVAL": ""}, "warn"),
        ("mail.protection", {}, "pass"),
        ("mail.protection", {"SMTP_URL": "", "MAIL_FROM": ""}, None),
        ("mail.server", {"SMTP_URL": "", "MAIL_FROM": ""}, "warn"),
        ("limits.way", {}, "pass"),
        ("limits.way", {"REDIS_URL": "redis://:pa55word@store.example.org"}, "fail"),
        ("limits.way", {"REDIS_URL": "rediss://store.example.org"}, "fail"),
        ("limits.way", {"REDIS_URL": "redis://localhost"}, "pass"),
        ("limits.way", {"REDIS_URL": ""}, None),
        ("proxies.trust", {}, "pass"),
        ("proxies.trust", {"TRUSTED_PROXIES": ""}, "fail"),
        ("proxies.trust", {"TRUSTED_PROXIES": "10.0.0.0/7"}, "fail"),
        ("proxies.trust", {"TRUSTED_PROXIES": "203.0.0.0/8"}, "fail"),
        ("proxies.trust", DEVELOPMENT, "pass"),
        ("proxies.listening", {"HOST": "0.0.0.0"}, "warn"),
        ("proxies.listening", {}, "pass"),
        ("proxies.listening", DEVELOPMENT, None),
    ],
)  # fmt: skip
def test_setting_passes_is_worth_a_look_or_fails(
    check: str, changed: dict[str, str], level: str | None
) -> None:
    evidence = evidence_of(settings_of(**changed), stored_of(), machine_of())
    assert level_of(check, evidence) == level


def test_reasons_of_production_are_told_before_it_is_production() -> None:
    settings = settings_of(**DEVELOPMENT, SECRET_KEY=SHORT, BCRYPT_ROUNDS="4")
    found = finding_of("configuration.production", evidence_of(settings))
    assert found is not None
    assert found.cure is not None
    assert "3 reasons" in found.sentence
    assert "BCRYPT_ROUNDS must be 12" in found.cure
    assert SHORT not in found.cure


def test_debugger_and_slips_are_found_in_the_environment() -> None:
    environ = {"FLASK_DEBUG": "1", "TRUSTED_PROXYS": "10.0.0.0/8", "SECRET_KEY": "x" * 40}
    evidence = evidence_of(settings_of(), environ=environ)
    assert level_of("configuration.debugging", evidence) == "fail"
    found = finding_of("configuration.spelling", evidence)
    assert found is not None
    assert found.level == "warn"
    assert "TRUSTED_PROXIES" in str(found.cure)


@pytest.mark.parametrize(
    ("rounds", "milliseconds", "level"),
    [("12", 250, "pass"), ("12", 40, "warn"), ("14", 1_100, "warn"), ("12", 1_000, "pass")],
)
def test_cost_of_a_password_is_held_against_this_machine(rounds: str, milliseconds: int, level: str) -> None:
    machine = machine_of(password_check=timedelta(milliseconds=milliseconds))
    assert (
        level_of("credentials.password-work", evidence_of(settings_of(BCRYPT_ROUNDS=rounds), machine))
        == level
    )


def test_cheap_passwords_warn_while_developing() -> None:
    evidence = evidence_of(settings_of(**DEVELOPMENT, BCRYPT_ROUNDS="4"), machine_of())
    assert level_of("credentials.password-work", evidence) == "warn"
