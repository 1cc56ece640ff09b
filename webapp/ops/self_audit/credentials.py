"""Checks of secrets, of what guards passwords, and of how long a session may last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.admin.health_strip import span
from webapp.ops.self_audit.findings import Check, Finding, Group, passed, warned, worse_in_production
from webapp.ops.self_audit.machine import Machine
from webapp.sessions.limits import ADMINISTRATOR_ABSOLUTE, ADMINISTRATOR_IDLE

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.ops.self_audit.evidence import Evidence

_SHORTEST: Final = 32
_FEWEST_CHARACTERS: Final = 12
_LEAST_ROUNDS: Final = 12
# OWASP's advice for what one check should take; and what a person waits for at most.
_QUICK: Final = timedelta(milliseconds=50)
_SLOW: Final = timedelta(seconds=1)
_LONG_ACCESS: Final = timedelta(minutes=15)
# NIST SP 800-63B-4, section 2.1.3: at least once every 30 days for the lowest level.
_LONGEST_SESSION: Final = timedelta(days=30)


def check_strength(evidence: Evidence) -> Finding:
    """Of present and former values alike: a former one opens as much."""
    weak = [
        name
        for name, values in _values(evidence.settings).items()
        if any(len(each) < _SHORTEST or len(set(each)) < _FEWEST_CHARACTERS for each in values)
    ]
    if weak:
        return worse_in_production(
            evidence.settings.in_production,
            f"{' and '.join(weak)}: too short or too regular, so it can be guessed.",
            f"Make one with: {evidence.settings.command('secrets rotate NAME')}",
        )
    return passed("Each is long and irregular enough not to be guessed.")


def check_difference(evidence: Evidence) -> Finding:
    every = [each for values in _values(evidence.settings).values() for each in values]
    if len(set(every)) < len(every):
        return worse_in_production(
            evidence.settings.in_production,
            "Two secrets are the same: whoever learns one has the other.",
            "Make one for each purpose.",
        )
    return passed("Each purpose has a secret of its own.")


def check_former(evidence: Evidence) -> Finding:
    settings = evidence.settings
    kept = {
        "SECRET_KEY_FALLBACKS": settings.secret_key_fallbacks,
        "ENCRYPTION_KEY_FALLBACKS": settings.encryption_key_fallbacks,
        "PASSWORD_PEPPER_FALLBACKS": settings.password_pepper_fallbacks,
    }
    names = [name for name, values in kept.items() if values]
    if names:
        return warned(
            f"Former secrets still count ({', '.join(names)}): whoever has an old one can still use it.",
            f"See what still needs them with: {evidence.settings.command('secrets check')}. Then remove them.",
        )
    return passed("No former secret counts any more.")


def check_password_work(evidence: Evidence) -> Finding:
    rounds, taken = evidence.settings.bcrypt_rounds, evidence.of(Machine).password_check
    words = f"{rounds} rounds of bcrypt take {_milliseconds(taken)} on this machine"
    if rounds < _LEAST_ROUNDS:
        return worse_in_production(
            evidence.settings.in_production,
            f"{words}: a stolen table of hashes would be tried quickly.",
            f"Set BCRYPT_ROUNDS={_LEAST_ROUNDS} or more. Each password moves to it when its owner signs in.",
        )
    if taken > _SLOW:
        return warned(
            f"{words}: signing in is slow, and a crowd waits long.",
            "Set BCRYPT_ROUNDS one lower, but not below 12, or give it a quicker machine.",
        )
    if taken < _QUICK:
        return warned(f"{words}: this machine can afford more.", f"Set BCRYPT_ROUNDS={rounds + 1}.")
    return passed(f"{words}.")


def check_token_lifetime(evidence: Evidence) -> Finding:
    lifetime = evidence.settings.access_token_lifetime
    if lifetime > _LONG_ACCESS:
        return warned(
            f"Access tokens are good for {span(lifetime)}. Services that verify them for themselves go on believing "
            "one for so long after its session has ended.",
            "Set ACCESS_TOKEN_LIFETIME=900.",
        )
    return passed(f"Access tokens are good for {span(lifetime)}.")


def check_session_lifetime(evidence: Evidence) -> Finding:
    settings = evidence.settings
    absolute, idle = settings.session_absolute_limit, settings.session_idle_limit
    if absolute > _LONGEST_SESSION:
        return warned(
            f"A session lasts up to {span(absolute)} without another sign-in.",
            "Set SESSION_ABSOLUTE_LIMIT=2592000 or less: NIST SP 800-63B asks for one in 30 days at least.",
        )
    return passed(
        f"A session ends after {span(absolute)}, or {span(idle)} without use; an administrator's after "
        f"{span(min(absolute, ADMINISTRATOR_ABSOLUTE))}, or {span(min(idle, ADMINISTRATOR_IDLE))} without use."
    )


def _values(settings: Settings) -> dict[str, list[str]]:
    present = {
        "SECRET_KEY": (settings.secret_key, *settings.secret_key_fallbacks),
        "ENCRYPTION_KEY": (settings.encryption_key, *settings.encryption_key_fallbacks),
        "PASSWORD_PEPPER": (settings.password_pepper, *settings.password_pepper_fallbacks),
    }
    return {name: [each.get_secret_value() for each in values] for name, values in present.items()}


def _milliseconds(length: timedelta) -> str:
    return f"{length / timedelta(milliseconds=1):,.0f} ms"


CREDENTIALS: Final = Group(
    "credentials",
    "Secrets, passwords and lifetimes",
    (
        Check("credentials.strength", "Strength of secrets", ("11.5.1", "13.3.1"), check_strength),
        Check("credentials.difference", "A secret for each purpose", ("13.3.2",), check_difference),
        Check("credentials.former", "Former secrets", ("13.3.4", "13.1.4"), check_former),
        Check(
            "credentials.password-work",
            "Cost of trying a password",
            ("11.4.2", "15.1.3"),
            check_password_work,
        ),
        Check("credentials.access-tokens", "Life of access tokens", ("7.4.1", "9.2.1"), check_token_lifetime),
        Check("credentials.sessions", "Life of sessions", ("7.3.1", "7.3.2"), check_session_lifetime),
    ),
)
