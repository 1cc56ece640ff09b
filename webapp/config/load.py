"""From environment variables to Settings, with every complaint in one answer."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from webapp.config.development_secrets import (
    InstanceUnusable,
    keep_development_secret,
    read_development_fallbacks,
)
from webapp.config.folders import list_foreign, placed_in
from webapp.config.mail_server import list_mail_faults
from webapp.config.safety import list_unsafe
from webapp.config.settings import SECRET_NAMES, SETTING_NAMES, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.config.settings import Source

PROJECT_ROOT = Path(__file__).resolve().parents[2]
_ANY_HOST = frozenset({"127.0.0.1", "::1", "0.0.0.0", "::"})  # noqa: S104 - recognised, not bound
_GENERATED = ("SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD_PEPPER")
# Names close to ours that belong to somebody else.
_FOREIGN = frozenset({"HOSTNAME", "HOSTTYPE", "SERVER_PORT", "LOGNAME"})


class UnusableSettings(Exception):
    """The application cannot start. `complaints` has one line for each reason, with its cure and no secret."""

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read, complete, type and check. Raises UnusableSettings with all that is wrong."""
    environ = os.environ if environ is None else environ
    complaints: list[str] = []
    values = _read(environ, complaints)
    sources = _sources_of(values, environ)
    environment = values.setdefault("APP_ENV", "development")
    _complete(values, environment, complaints)
    sources |= {name: "made" for name in _GENERATED if name not in sources}
    settings = _typed(values, sources, complaints) if not complaints else None
    misspelt = list_misspelt(environ)
    if settings is not None:
        complaints += [*list_unsafe(settings, environ), *list_mail_faults(settings)]
    if environment == "production" or complaints:
        complaints += misspelt
    if complaints or settings is None:
        raise UnusableSettings(complaints)
    return settings


def _read(environ: Mapping[str, str], complaints: list[str]) -> dict[str, str]:
    """Our names with a value. An empty value counts as not set, so that a template may list every name."""
    values = {name: environ[name] for name in SETTING_NAMES if environ.get(name)}
    for name in SECRET_NAMES:
        path = environ.get(f"{name}_FILE")
        if not path:
            continue
        if name in values:
            complaints.append(f"{name} and {name}_FILE are both set. Keep one of them.")
            continue
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as failure:
            reason = getattr(failure, "strerror", None) or "it is not text"
            complaints.append(f"{name}_FILE names a file that cannot be read: {reason}.")
            continue
        if not value:
            complaints.append(
                f"{name}_FILE names an empty file. Write the value into it, or remove the setting."
            )
            continue
        values[name] = value
    return values


def _sources_of(values: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, Source]:
    return {name: "environment" if environ.get(name) else "file" for name in values}


def _complete(values: dict[str, str], environment: str, complaints: list[str]) -> None:
    """Defaults that depend on the environment; in development also secrets of its own, kept in the instance folder."""
    relaxed = environment != "production"
    instance = Path(values.get("INSTANCE_PATH") or PROJECT_ROOT / "instance").absolute()
    values["INSTANCE_PATH"] = str(instance)
    if relaxed:
        host = "localhost" if values.get("HOST", "127.0.0.1") in _ANY_HOST else values["HOST"]
        values.setdefault("PUBLIC_URL", f"http://{host}:{values.get('PORT', '8000')}")
        values.setdefault("LOG_LEVEL", "WARNING")
        values.setdefault("LOG_JSON", "false")
    values["DATABASE_URL"] = placed_in(instance, values.get("DATABASE_URL") or "sqlite:///latchkey.db")
    foreign = list(list_foreign(instance, values["DATABASE_URL"]))
    complaints += foreign
    values.setdefault("ACCESS_TOKEN_LIFETIME", "3600" if environment == "development" else "900")
    values.setdefault("REFRESH_TOKEN_LIFETIME", "86400" if environment == "development" else "604800")
    for name in _GENERATED:
        if name in values or (relaxed and foreign):
            continue
        if not relaxed:
            cure = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            complaints.append(f"{name} is not set. {cure}")
            continue
        try:
            values[name] = keep_development_secret(instance, name)
            kept = read_development_fallbacks(instance, name)
            fallbacks = ",".join(filter(None, (values.get(f"{name}_FALLBACKS"), kept)))
            if fallbacks:
                values[f"{name}_FALLBACKS"] = fallbacks
        except InstanceUnusable as failure:
            complaints.append(str(failure))
            break
    if "PUBLIC_URL" not in values:
        complaints.append(
            "PUBLIC_URL is not set. Give the address people open, such as https://accounts.example.org"
        )
    values["PUBLIC_URL"] = values.get("PUBLIC_URL", "").rstrip("/")
    values.setdefault("JWT_AUDIENCE", values["PUBLIC_URL"] or "unset")


def _typed(values: dict[str, str], sources: Mapping[str, Source], complaints: list[str]) -> Settings | None:
    try:
        return Settings.model_validate(
            {name.lower(): value for name, value in values.items()}, context={"sources": sources}
        )
    except ValidationError as failure:
        for error in failure.errors(include_input=False, include_url=False, include_context=False):
            name = str(error["loc"][0]).upper()
            text = error["msg"].removeprefix("Value error, ")
            complaints.append(f"{name} cannot be used: {text[0].lower()}{text[1:]}.")
    return None


def list_misspelt(environ: Mapping[str, str]) -> list[str]:
    """Names so close to one of ours that a slip is likelier than a stranger."""
    known = SETTING_NAMES | {f"{name}_FILE" for name in SECRET_NAMES}
    found = []
    for name in environ:
        if name in known or name in _FOREIGN or len(name) < 6:
            continue
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.85)
        if close:
            found.append(f"{name} is not a setting; {close[0]} is. Rename or remove it.")
    return found
