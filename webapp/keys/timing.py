"""How long a key stays in each state at least.

A key is published at T. Whoever fetched the set just before a node knew of it may keep it for JWKS_MAX_AGE; so it signs
from T + JWKS_MAX_AGE + KEYS_SETTLE on. It stops at S; a node that had not heard signs with it for a few seconds more,
and its last token lives for ACCESS_TOKEN_LIFETIME; so it is taken out at S + ACCESS_TOKEN_LIFETIME + KEYS_SETTLE, and
another ten seconds, because the clocks of who signed last and of who takes it out may both be off.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from webapp.config import current_settings
from webapp.config.safety import KEYS_SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# A copy of the ring is read again at this age, and signs nothing beyond the other: the part of KEYS_SETTLE for nodes.
REREAD = timedelta(seconds=2)
OLDEST_THAT_SIGNS = timedelta(seconds=5)
_ANOTHER_CLOCK = timedelta(seconds=10)


class Stated(Protocol):
    """What is needed of a key's row."""

    @property
    def state(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def activated_at(self) -> datetime | None: ...
    @property
    def retiring_at(self) -> datetime | None: ...


def publication_wait() -> timedelta:
    """From being published to the first signature."""
    return current_settings().jwks_max_age + KEYS_SETTLE


def verification_wait() -> timedelta:
    """From the last signature to being taken out."""
    return current_settings().access_token_lifetime + KEYS_SETTLE + _ANOTHER_CLOCK


def signs_from(key: Stated) -> datetime:
    """When a next key may take over."""
    return key.created_at + publication_wait()


def leaves_at(key: Stated) -> datetime | None:
    """When a retiring key has nothing left to verify; None for one that has not stopped signing."""
    return None if key.retiring_at is None else key.retiring_at + verification_wait()


def successor_due_at(key: Stated) -> datetime | None:
    """When the schedule asks for the next key, so that it takes over after KEY_ROTATION_INTERVAL; None without one."""
    interval = current_settings().key_rotation_interval
    if interval is None or key.activated_at is None:
        return None
    return key.activated_at + interval - publication_wait()


def change_due_at(keys: Iterable[Stated], moment: datetime) -> datetime | None:
    """When these keys need a change next: `moment` itself while none signs, None when nothing is planned."""
    by_state: dict[str, list[Stated]] = {}
    for key in keys:
        by_state.setdefault(key.state, []).append(key)
    planned = [leaves_at(key) for key in by_state.get("retiring", [])]
    if "current" not in by_state:
        planned.append(moment)
    elif "next" in by_state:
        planned += [signs_from(key) for key in by_state["next"]]
    else:
        planned += [successor_due_at(key) for key in by_state["current"]]
    return min((each for each in planned if each is not None), default=None)
