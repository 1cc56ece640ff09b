"""Secrets from files, and those that a developer's installation makes for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.test_settings import complaints
from tests.servers.application import ENVIRONMENT
from webapp.config import load_settings
from webapp.config.development_secrets import _write_once
from webapp.config.settings import SECRET_NAMES

ROOT = Path(__file__).resolve().parents[2]
MADE = ("secret_key", "encryption_key", "password_pepper")
READ = "from webapp.config import load_settings; s = load_settings(); print(s.secret_key.get_secret_value())"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    return {**ENVIRONMENT, "INSTANCE_PATH": str(tmp_path / "instance")}


def value_of(settings: object, name: str) -> str:
    value = getattr(settings, name.lower())
    value = value[0] if isinstance(value, tuple) else value
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_secret_is_read_from_a_file(given: dict[str, str], tmp_path: Path, name: str) -> None:
    urls = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.db",
        "REDIS_URL": "redis://h",
        "SMTP_URL": "smtps://u:p@h",
    }
    text = urls.get(name, "from-a-file")
    given |= {"MAIL_FROM": "accounts@example.org"} if name == "SMTP_URL" else {}
    (tmp_path / "file").write_text(f"  {text}\n")
    given.pop(name, None)
    assert value_of(load_settings({**given, f"{name}_FILE": str(tmp_path / "file")}), name) == text


def test_name_and_file_both_set_is_refused(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    found = complaints({**given, "SECRET_KEY_FILE": str(tmp_path / "file")})
    assert found == ["SECRET_KEY and SECRET_KEY_FILE are both set. Keep one of them."]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"\xff\xfe\x00", "it is not text"),
        (b"", "empty file"),
        (b" \n", "empty file"),
    ],
)
def test_secret_file_without_a_secret_is_refused_by_name(
    given: dict[str, str], tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    del given["SECRET_KEY"]
    found = complaints({**given, "SECRET_KEY_FILE": str(file)})
    assert "SECRET_KEY_FILE" in found[0]
    assert words in found[0]


def test_folder_in_place_of_a_secret_file_is_refused(given: dict[str, str], tmp_path: Path) -> None:
    del given["SECRET_KEY"]
    assert "Is a directory" in complaints({**given, "SECRET_KEY_FILE": str(tmp_path)})[0]


def test_development_makes_secrets_that_only_the_owner_reads(tmp_path: Path) -> None:
    instance = tmp_path / "deep" / "instance"
    settings = load_settings({"INSTANCE_PATH": str(instance)})
    values = {value_of(settings, name) for name in MADE}
    assert len(values) == 3
    assert {instance.joinpath(name).stat().st_mode & 0o777 for name in MADE} == {0o600}
    assert instance.stat().st_mode & 0o777 == 0o700
    assert sorted(each.name for each in instance.iterdir()) == sorted(MADE)


def test_development_keeps_the_secrets_it_made(tmp_path: Path) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path)}
    assert load_settings(environ) == load_settings(environ)


def test_eight_processes_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "INSTANCE_PATH": str(tmp_path / "instance")}
    command = [sys.executable, "-c", READ]
    started = [subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(8)]
    printed = {each.communicate(timeout=50)[0].decode().strip() for each in started}
    assert [each.returncode for each in started] == [0] * 8
    assert printed == {(tmp_path / "instance" / "secret_key").read_text().strip()}


def test_of_two_who_write_a_secret_the_first_wins(tmp_path: Path) -> None:
    for value in ("first", "second"):
        _write_once(tmp_path / "secret_key", value)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("secret_key", "first\n")]


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_spoilt_development_secret_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret_key").write_bytes(content)
    (complaint,) = complaints({"INSTANCE_PATH": str(tmp_path)})
    assert "secret_key" in complaint
    assert (tmp_path / "secret_key").read_bytes() == content


@pytest.mark.parametrize("below", ["", "instance"])
def test_instance_folder_that_cannot_be_made_is_one_complaint_with_a_cure(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    (complaint,) = complaints({"INSTANCE_PATH": str(file / below)})
    assert complaint.endswith("Make it writable, or set INSTANCE_PATH to a folder that is.")


def test_production_makes_no_secrets(tmp_path: Path) -> None:
    environ = {"APP_ENV": "production", "INSTANCE_PATH": str(tmp_path), "PUBLIC_URL": "https://a.example"}
    found = complaints(environ)
    assert sorted(each.split()[0] for each in found) == ["ENCRYPTION_KEY", "PASSWORD_PEPPER", "SECRET_KEY"]
    assert all("Make one with: python3 -c" in each for each in found)
    assert list(tmp_path.iterdir()) == []
