"""Every setting in force as the console shows it: its value without anything secret, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from webapp.admin.setting_words import GROUPS
from webapp.admin.store import names_of
from webapp.config import current_settings
from webapp.config.changeable import CHANGEABLE
from webapp.config.settings import SECRET_NAMES
from webapp.core.errors import NotFound
from webapp.core.parts import part
from webapp.infra import kept_settings_store as store
from webapp.infra.kept_settings import KeptSettings

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.config import Settings
    from webapp.infra.models import KeptSetting

# Addresses that may carry a user, a password or a key; the other secrets are nothing else.
_ADDRESSES: Final = frozenset({"DATABASE_URL", "REDIS_URL", "SMTP_URL"})
_SOURCES: Final = {
    "environment": "environment",
    "file": "file",
    "default": "default",
    "made": "made for this installation",
}
_UNREADABLE: Final = "set"
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:[^@/?#\\\s]*@)?"
    r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])?"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^@?#\s]*)?"
    r"(?:[?#][^@]*)?"
)


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed a setting in the console; `actor` is None when that account is gone."""

    actor_id: str | None
    actor: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting with its value in words. `given` is the environment's value where `change` goes before it.

    `version` says which state of a changeable setting a form was made from.
    """

    name: str
    note: str
    value: str
    source: str
    is_changeable: bool
    version: str
    change: Change | None = None
    given: str | None = None


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings that belong together."""

    heading: str
    settings: tuple[ShownSetting, ...]


def list_settings() -> list[SettingGroup]:
    """Every setting in its group, as the database holds them now."""
    kept = _look()
    names = names_of({each.changed_by for each in kept.values() if each.changed_by})
    return [
        SettingGroup(
            heading, tuple(_shown(name, note, kept.get(name), names) for name, note in notes.items())
        )
        for heading, notes in GROUPS.items()
    ]


def get_changeable(name: str) -> ShownSetting:
    """A setting that may be changed in the console. Raises NotFound for any other."""
    if name not in CHANGEABLE:
        raise NotFound
    kept = _look().get(name)
    note = next(notes[name] for notes in GROUPS.values() if name in notes)
    return _shown(name, note, kept, names_of({kept.changed_by}) if kept and kept.changed_by else {})


def version_of(kept: KeptSetting | None) -> str:
    """Which state a form was made from. The moment tells one row from another that took its place later."""
    return f"{kept.version}-{kept.changed_at.timestamp():.6f}" if kept else "0"


def in_words(name: str, value: object) -> str:
    """A value that is not secret, as it is read."""
    if value is None or value in ("", ()):
        return "none" if name == "REQUIRE_MFA_FOR" else "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, Collection) and not isinstance(value, str):
        return ", ".join(str(each) for each in value)
    return str(value)


def without_login(address: str) -> str:
    """An address without user, password and options, of which some carry passwords too.

    Whatever reads these addresses, a login ends with an "@". What is shown lies behind the only one there is; of an
    address that can be read in two ways, such as with a "/" in the password, nothing is.
    """
    try:
        url = make_url(address)
        if url.drivername.startswith("sqlite"):
            has_more = url.host or url.username is not None
            return _UNREADABLE if has_more else f"{url.drivername}:///{url.database or ''}"
    except (ArgumentError, ValueError):
        pass
    parts = _ADDRESS.fullmatch(address)
    if parts is None or int(parts["port"] or 0) > 65_535:
        return _UNREADABLE
    port = f":{parts['port']}" if parts["port"] else ""
    return f"{parts['scheme']}://{parts['host'] or ''}{port}{parts['path'] or ''}"


def _look() -> dict[str, KeptSetting]:
    """What is kept. This process goes by it from now on, whatever it went by before."""
    part(KeptSettings).look()
    return {each.name: each for each in store.list_kept()}


def _shown(name: str, note: str, kept: KeptSetting | None, names: dict[str, str]) -> ShownSetting:
    given = part(KeptSettings).given
    change = None
    if kept is not None:
        change = Change(kept.changed_by, names.get(kept.changed_by or ""), kept.changed_at)
    return ShownSetting(
        name,
        note,
        value_in_words(name, current_settings()),
        _SOURCES[given.source_of(name)],
        name in CHANGEABLE,
        version_of(kept),
        change,
        value_in_words(name, given) if change else None,
    )


def value_in_words(name: str, settings: Settings) -> str:
    """The value of a setting; of a secret, no more than that it is there."""
    value = getattr(settings, name.lower())
    if name not in SECRET_NAMES:
        return in_words(name, value)
    if not value:
        return "not set"
    if name in _ADDRESSES:
        return without_login(value.get_secret_value() if isinstance(value, SecretStr) else value)
    return f"{len(value)} set" if isinstance(value, tuple) else "set"


def _duration(span: timedelta) -> str:
    """In the largest unit that it is a whole number of: 90 minutes, 7 days."""
    seconds = round(span.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
