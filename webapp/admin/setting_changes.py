"""Changing settings in the console: what a change would do to whom, and the change itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webapp.accounts import service as accounts
from webapp.accounts import store as accounts_store
from webapp.accounts.models import lacks_required_factor
from webapp.admin import setting_store
from webapp.admin.settings_in_force import get_changeable, version_of
from webapp.config import current_settings
from webapp.config.changeable import read_value, write_kept
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.factors.errors import LastRequiredFactor
from webapp.infra import kept_settings_store as store
from webapp.infra.audit import record_event
from webapp.infra.kept_settings import KeptSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.accounts.models import Account
    from webapp.infra.models import KeptSetting

REQUIRED_FACTORS: Final = "REQUIRE_MFA_FOR"
_MOST_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """What requiring a second factor of these roles would do.

    So many accounts would be `held_back` for want of one, None for more than ten thousand. `is_own`: whoever asks is
    among them.
    """

    roles: tuple[str, ...]
    held_back: int | None
    is_own: bool


def look_ahead(roles: Iterable[str], account: Account) -> Outlook:
    """What the change would do, before it is made. Changes nothing. Raises InvalidInput, LastRequiredFactor."""
    names = _existing_roles(roles)
    _require_administrator_left(REQUIRED_FACTORS, names)
    held_back = setting_store.count_without_factor(names, _MOST_COUNTED + 1) if names else 0
    return Outlook(
        names,
        held_back if held_back <= _MOST_COUNTED else None,
        lacks_required_factor(
            account.role_names,
            has_second_factor=account.second_factor_since is not None,
            required_for=names,
        ),
    )


def change_setting(name: str, value: object, *, version: str | None, actor_id: str) -> bool:
    """Keep a value that goes before the environment's; False when it is in force already.

    Raises NotFound, Conflict, InvalidInput, LastRequiredFactor.
    """
    kept = _hold(name, version)
    read = _read(name, value)
    before = getattr(current_settings(), name.lower())
    if _public(read) == _public(before):
        return False
    _require_administrator_left(name, read)
    text, moment = write_kept(read), clock.now()
    if kept is None:
        is_stored = store.add_kept(name, text, moment, actor_id)
    else:
        is_stored = store.change_kept(name, text, moment, actor_id, version=kept.version)
    if not is_stored:
        raise Conflict
    _record(name, before, read, "console", actor_id)
    return True


def return_to_environment(name: str, *, version: str | None, actor_id: str) -> bool:
    """Keep no value any more; False when none was kept. Raises NotFound, Conflict, LastRequiredFactor."""
    kept = _hold(name, version)
    if kept is None:
        return False
    given = getattr(part(KeptSettings).given, name.lower())
    _require_administrator_left(name, given)
    if not store.drop_kept(name, version=kept.version):
        raise Conflict
    _record(name, getattr(current_settings(), name.lower()), given, "environment", actor_id)
    return True


def _hold(name: str, version: str | None) -> KeptSetting | None:
    """What is kept under the name now; until the unit ends nobody else changes settings. Raises NotFound, Conflict."""
    # Who administers is decided by the same lock: neither moves while the other rests on it.
    accounts_store.hold_administrators()
    get_changeable(name)
    kept = next((each for each in store.list_kept() if each.name == name), None)
    if version != version_of(kept):
        raise Conflict
    return kept


def _read(name: str, value: object) -> Any:
    try:
        read = read_value(name, value)
    except ValueError as fault:
        raise InvalidInput(fields={"value": str(fault)}) from None
    return _existing_roles(read) if name == REQUIRED_FACTORS else read


def _existing_roles(roles: Iterable[str]) -> tuple[str, ...]:
    wanted = set(roles)
    if not wanted <= set(accounts.list_role_names()):
        raise InvalidInput(fields={"value": "One of these roles is no longer there. Choose again."})
    return tuple(sorted(wanted))


def _require_administrator_left(name: str, value: Any) -> None:
    """Nobody locks everybody out of the administration, the person who does it included."""
    if name != REQUIRED_FACTORS:
        return
    if accounts_store.count_administrators_with_factor(besides="", required_for=value) == 0:
        raise LastRequiredFactor(
            "No administrator would be left with the second factor that this requires. Set one up first, "
            "for yourself or another administrator."
        )


def _record(name: str, before: Any, after: Any, source: str, actor_id: str) -> None:
    detail = {"name": name, "before": _public(before), "after": _public(after), "source": source}
    record_event(EventName.SETTING_CHANGED, actor_id=actor_id, detail=detail)


def _public(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value
