"""How the parts are that signing in rests on: for each a state, a sentence, and where to do something about it.

Nothing here waits for anything but the database, and nothing repeats an address, a password or a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from webapp.accounts.roles import find_requirement_note
from webapp.admin import dashboard_store as store
from webapp.config import current_settings
from webapp.config.mail_server import find_mail_note
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.infra.audit_anchor import FILE_NAME, is_replaced
from webapp.infra.limit_store import LimitStore
from webapp.keys.facts import list_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.admin.dashboard_store import Waiting
    from webapp.config import Settings
    from webapp.keys.facts import KeyFacts

State = Literal["good", "attention", "wrong"]

SLOW_DATABASE: Final = timedelta(milliseconds=200)
# The first failures of a letter are tried again within this time.
SLOW_MAIL: Final = timedelta(minutes=15)
DEAD_MAIL: Final = timedelta(hours=2)
# A scheduled change is carried out within a minute, by whichever node comes first.
LATE_KEY: Final = timedelta(minutes=10)
OLD_KEY: Final = timedelta(days=366)
LATE_SEAL: Final = timedelta(minutes=15)
DEAD_SEAL: Final = timedelta(hours=2)
_SETTINGS: Final = "/admin/settings"
_KEYS: Final = "/admin/keys"
_AUDIT: Final = "/admin/audit"
_FEW_KEYS: Final = 8
_MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Health:
    """One part's state. `href` leads to where something can be done."""

    name: str
    state: State
    sentence: str
    href: str


def list_health(letters_given_up: int) -> list[Health]:
    """Every part as it is now. `letters_given_up`: so many within a day."""
    moment, settings = clock.now(), current_settings()
    begun = clock.monotonic()
    store.ping()
    taken = timedelta(seconds=clock.monotonic() - begun)
    return [
        of_database(store.name_of_database(), taken),
        of_limits(is_configured=settings.redis_url is not None, answers=part(LimitStore).is_shared),
        of_mail(settings, store.find_waiting(), letters_given_up, moment),
        of_keys(list_facts(_FEW_KEYS), moment),
        of_seal(store.find_first_unsealed(), moment, is_replaced=is_replaced()),
        of_configuration(settings, find_requirement_note()),
    ]


def of_database(kind: str, taken: timedelta) -> Health:
    """That it answers is known from this page's being there; how quickly is measured."""
    slow = taken > SLOW_DATABASE
    words = f"{kind}, answers in {_milliseconds(taken)}" + (": slow" if slow else "")
    return Health("Database", "attention" if slow else "good", f"{words}.", _SETTINGS)


def of_limits(*, is_configured: bool, answers: bool) -> Health:
    """What is known from the last count, which is this request's own: asking once more could take a timeout."""
    if not is_configured:
        return Health(
            "Limits", "good", "Counted in this server's memory: it is for one server alone.", _SETTINGS
        )
    if answers:
        return Health("Limits", "good", "Shared by all servers through Redis, which answers.", _SETTINGS)
    words = "Redis does not answer. Until it does, each server counts its share of the limits by itself."
    return Health("Limits", "wrong", words, _SETTINGS)


def of_mail(settings: Settings, waiting: Waiting, given_up: int, moment: datetime) -> Health:
    """The queue; or that there is no mail server to take it."""
    if settings.keeps_letters:
        return Health(
            "Mail", "good", "No mail server: letters end at the mailbox page of development.", _SETTINGS
        )
    if find_mail_note(settings) is not None:
        return Health(
            "Mail", "attention", "No mail server is set, so administrators hand links over.", _SETTINGS
        )
    age = timedelta(0) if waiting.oldest_at is None else moment - waiting.oldest_at
    said = f" The mail server last said: {waiting.failure.rstrip('.')}." if waiting.failure else ""
    since = f", the oldest for {span(age)}" if age > _MOMENT else ""
    queue = f"{waiting.count.words[:1].upper()}{waiting.count.words[1:]} waiting{since}."
    if age > SLOW_MAIL:
        return Health("Mail", "wrong" if age > DEAD_MAIL else "attention", queue + said, _SETTINGS)
    if given_up:
        words = f"{given_up:,} {'letter' if given_up == 1 else 'letters'} given up in the last day."
        return Health("Mail", "attention", words, f"{_AUDIT}?name={EventName.MAIL_GIVEN_UP}")
    return Health("Mail", "good", queue + said if waiting.count.value else "Nothing waits.", _SETTINGS)


def of_keys(keys: Sequence[KeyFacts], moment: datetime) -> Health:
    """The key that signs: whether it opens, how old it is, and whether its change is overdue."""
    state, sentence = _state_of_keys(keys, moment)
    return Health("Signing key", state, sentence, _KEYS)


def _state_of_keys(keys: Sequence[KeyFacts], moment: datetime) -> tuple[State, str]:
    current = next((each for each in keys if each.state == "current"), None)
    following = next((each for each in keys if each.state == "next"), None)
    if current is None or current.signs_from is None:
        return "wrong", "There is no key that signs, so nobody can be signed in."
    if "unreadable" in {each.seal for each in (current, following) if each}:
        return "wrong", "It does not open with the present ENCRYPTION_KEY."
    age = moment - current.signs_from
    words = f"In use for {span(age)}"
    due = following.signs_from if following else current.signs_until
    if due is not None and moment - due > LATE_KEY:
        return "attention", f"{words}; its change is overdue by {span(moment - due)}."
    if current.seal == "former":
        return "attention", f"{words}, still sealed under a former ENCRYPTION_KEY."
    if due is None:
        return "attention" if age > OLD_KEY else "good", f"{words}, and no change is scheduled."
    return "good", f"{words}; another takes over in {span(due - moment)}."


def of_seal(first_unsealed_at: datetime | None, moment: datetime, *, is_replaced: bool = False) -> Health:
    """How far the hash chain is behind the trail, and whether it is still the one that this server sealed."""
    if is_replaced:
        words = (
            f"The trail lacks the head in {FILE_NAME}: it was restored or made anew, and nothing is sealed. "
            "Run flask audit verify."
        )
        return Health("Audit trail", "wrong", words, _AUDIT)
    age = timedelta(0) if first_unsealed_at is None else moment - first_unsealed_at
    if age > LATE_SEAL:
        words = f"Events of up to {span(age)} ago are not sealed: a change of them would go unnoticed."
        return Health("Audit trail", "wrong" if age > DEAD_SEAL else "attention", words, _AUDIT)
    words = "Sealed to its last event." if first_unsealed_at is None else f"Sealed up to {span(age)} ago."
    return Health("Audit trail", "good", words, _AUDIT)


def of_configuration(settings: Settings, requirement_note: str | None = None) -> Health:
    """What is allowed, and better otherwise; what is not allowed keeps the server from starting."""
    if requirement_note is not None:
        return Health("Configuration", "wrong", requirement_note, _SETTINGS)
    notes = []
    if not settings.in_production:
        notes.append("These are not production settings (APP_ENV).")
    if "administrator" not in settings.require_mfa_for:
        notes.append("Administrators may do without a second factor (REQUIRE_MFA_FOR).")
    former = {
        "SECRET_KEY_FALLBACKS": settings.secret_key_fallbacks,
        "ENCRYPTION_KEY_FALLBACKS": settings.encryption_key_fallbacks,
        "PASSWORD_PEPPER_FALLBACKS": settings.password_pepper_fallbacks,
    }
    if kept := [name for name, values in former.items() if values]:
        notes.append(f"Former secrets still count ({', '.join(kept)}).")
    words = " ".join(notes) or "Production settings, with nothing to improve."
    return Health("Configuration", "attention" if notes else "good", words, _SETTINGS)


def span(length: timedelta) -> str:
    """Rounded down, in the largest unit of which there are two: 90 seconds, 84 days."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _milliseconds(length: timedelta) -> str:
    number = length / timedelta(milliseconds=1)
    return f"{number:.1f} ms" if number < 10 else f"{number:.0f} ms"
