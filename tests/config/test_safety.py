"""What is unsafe stops the start: each reason by name, with its cure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.test_settings import complaints
from webapp.config import load_settings

ROOT = Path(__file__).resolve().parents[2]
SAFE = {
    "APP_ENV": "production",
    "PUBLIC_URL": "https://accounts.example.org",
    "SECRET_KEY": "s-0123456789-abcdefghijklmnop-0123456789",
    "ENCRYPTION_KEY": "e-0123456789-abcdefghijklmnop-0123456789",
    "PASSWORD_PEPPER": "p-0123456789-abcdefghijklmnop-0123456789",
}
UNSAFE: list[tuple[dict[str, str], str, str]] = [
    ({"PUBLIC_URL": "http://localhost"}, "PUBLIC_URL", "https://"),
    ({"PUBLIC_URL": ""}, "PUBLIC_URL", "such as https://"),
    ({"BCRYPT_ROUNDS": "11"}, "BCRYPT_ROUNDS", "12 or more"),
    ({"ACCESS_TOKEN_LIFETIME": "3601"}, "ACCESS_TOKEN_LIFETIME", "at most 3600"),
    (
        {"REFRESH_TOKEN_LIFETIME": "2592001", "SESSION_ABSOLUTE_LIMIT": "9000000"},
        "REFRESH_TOKEN_LIFETIME",
        "30 days",
    ),
    ({"LOG_LEVEL": "DEBUG"}, "LOG_LEVEL", "must not be DEBUG"),
    ({"JWKS_MAX_AGE": "86401"}, "JWKS_MAX_AGE", "at most 86400"),
    ({"KEY_ROTATION_INTERVAL": "86399"}, "KEY_ROTATION_INTERVAL", "at least 86400"),
    ({"CORS_ORIGINS": "https://a.example, http://b.example"}, "CORS_ORIGINS", "Use https"),
    ({"CORS_ORIGINS": "http://localhost.example.org:5173"}, "CORS_ORIGINS", "Use https"),
    ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG", "remove it"),
    ({"FLASK_DEBUG": "True"}, "FLASK_DEBUG", "remove it"),
    ({"SECRET_KEY": ""}, "SECRET_KEY", "Make one with"),
    ({"SECRET_KEY": "x" * 31}, "SECRET_KEY", "Make one with"),
    ({"ENCRYPTION_KEY": "0123456789a" * 5}, "ENCRYPTION_KEY", "Make one with"),
    ({"PASSWORD_PEPPER": "changeme"}, "PASSWORD_PEPPER", "Make one with"),
    ({"SECRET_KEY_FALLBACKS": "old"}, "SECRET_KEY_FALLBACKS", "Make one with"),
    ({"ENCRYPTION_KEY_FALLBACKS": "a" * 40}, "ENCRYPTION_KEY_FALLBACKS", "Make one with"),
    (
        {"PASSWORD_PEPPER_FALLBACKS": SAFE["PASSWORD_PEPPER"] + ",x"},
        "PASSWORD_PEPPER_FALLBACKS",
        "Make one with",
    ),
    ({"ENCRYPTION_KEY": SAFE["SECRET_KEY"]}, "ENCRYPTION_KEY", "differ from each other"),
]
EVERYWHERE: list[tuple[dict[str, str], str]] = [
    ({"PUBLIC_URL": "http://accounts.example.org"}, "plain http on accounts.example.org"),
    ({"PUBLIC_URL": "http://192.168.1.5:8000"}, "plain http on 192.168.1.5"),
    ({"PUBLIC_URL": "http://localhost.example.org"}, "plain http on localhost.example.org"),
    ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "trusts every address"),
    ({"TRUSTED_PROXIES": "10.0.0.1,::/0"}, "trusts every address"),
    ({"TRUSTED_HOSTS": "*"}, "Remove the asterisk"),
    ({"TRUSTED_HOSTS": "a.example,*.b.example"}, "Remove the asterisk"),
    ({"REFRESH_DEADLINE": "61"}, "REFRESH_DEADLINE must not be longer"),
    (
        {"ACCESS_TOKEN_LIFETIME": "3000", "REFRESH_TOKEN_LIFETIME": "2000"},
        "ACCESS_TOKEN_LIFETIME must not be longer",
    ),
    ({"SESSION_ABSOLUTE_LIMIT": "80000"}, "REFRESH_TOKEN_LIFETIME must not be longer"),
    ({"ACCESS_TOKEN_LIFETIME": "149"}, "ACCESS_TOKEN_LIFETIME must be at least 150"),
    ({"KEY_ROTATION_INTERVAL": "314"}, "KEY_ROTATION_INTERVAL must be at least 315"),
    ({"JWT_ALGORITHM": "HS256"}, "JWT_ALGORITHM cannot be used"),
]
MISSPELT = [
    ("SECRET_KEYS", "SECRET_KEY"), ("DATABSE_URL", "DATABASE_URL"), ("PUBLIC_URI", "PUBLIC_URL"),
    ("BCRYPT_ROUND", "BCRYPT_ROUNDS"), ("REQUIRE_VERIFIED_EMAILS", "REQUIRE_VERIFIED_EMAIL"),
    ("TRUSTED_PROXY", "TRUSTED_PROXIES"), ("secret_key", "SECRET_KEY"), ("SECRET_KEY_FILES", "SECRET_KEY_FILE"),
    ("LIMIT_AUTH_PER_ADRESS", "LIMIT_AUTH_PER_ADDRESS"), ("LOG_LEVL", "LOG_LEVEL"),
]  # fmt: skip


@pytest.fixture
def safe(tmp_path: Path) -> dict[str, str]:
    return {**SAFE, "INSTANCE_PATH": str(tmp_path)}


def test_safe_production_starts(safe: dict[str, str]) -> None:
    assert load_settings(safe).in_production


@pytest.mark.parametrize(("change", "name", "cure"), UNSAFE)
def test_unsafe_production_is_refused_with_its_cure(
    safe: dict[str, str], change: dict[str, str], name: str, cure: str
) -> None:
    assert [each for each in complaints({**safe, **change}) if name in each and cure in each]


@pytest.mark.parametrize("environment", ["development", "testing", "production"])
@pytest.mark.parametrize(("change", "words"), EVERYWHERE)
def test_what_could_never_work_is_refused_everywhere(
    safe: dict[str, str], environment: str, change: dict[str, str], words: str
) -> None:
    found = complaints({**safe, "APP_ENV": environment, **change})
    assert [each for each in found if words in each]


@pytest.mark.parametrize(("name", "meant"), MISSPELT)
def test_misspelt_name_stops_production_and_is_named(safe: dict[str, str], name: str, meant: str) -> None:
    assert complaints({**safe, name: "x"}) == [f"{name} is not a setting; {meant} is. Rename or remove it."]


@pytest.mark.parametrize(
    "name", ["HOSTNAME", "HOSTTYPE", "SERVER_PORT", "LOGNAME", "PATH", "LANG", "HOME", "PYTHONPATH"]
)
def test_names_of_others_are_left_alone(safe: dict[str, str], name: str) -> None:
    assert load_settings({**safe, name: "x"}).in_production


def test_misspelt_name_does_not_stop_a_developer(tmp_path: Path) -> None:
    assert load_settings({"INSTANCE_PATH": str(tmp_path), "SECRET_KEYS": "x"}).app_env == "development"


def test_misspelt_name_is_said_beside_other_complaints(tmp_path: Path) -> None:
    found = complaints({"INSTANCE_PATH": str(tmp_path), "PUBLIC_URI": "x", "PORT": "x"})
    assert len(found) == 2


def test_development_follows_host_and_port(tmp_path: Path) -> None:
    base = {"INSTANCE_PATH": str(tmp_path), "PORT": "9000"}
    assert load_settings({**base, "HOST": "0.0.0.0"}).public_url == "http://localhost:9000"
    assert "HOST" not in complaints({**base, "HOST": "192.168.1.5"})[0].split()[0]


def test_application_with_bad_settings_prints_reasons_and_exits_1(tmp_path: Path) -> None:
    secret = "do-not-print-me"
    environ = {**SAFE, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": secret, "BCRYPT_ROUNDS": "4"}
    ran = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[0] == "Latchkey cannot start:"
    assert len(ran.stderr.splitlines()) == 3
    assert secret not in ran.stderr + ran.stdout
