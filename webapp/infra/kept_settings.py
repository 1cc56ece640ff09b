"""Settings that administrators changed in the console: every process goes by them within five seconds.

The database holds them; a process looks when it is used and two seconds have passed since it looked last. It looks from
a thread of its own: a database that is away holds nobody up for longer than a moment, and what is known stays in force.

A process that has not seen them yet knows the environment's alone, by which a registration that was closed would be
open: until it has, views that use the database answer 503.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final

from webapp.config import Settings
from webapp.config.changeable import CHANGEABLE, read_kept, read_strictly
from webapp.core import clock
from webapp.core.parts import use_parts
from webapp.infra.database import DatabaseAway, SingleRows
from webapp.infra.kept_settings_store import KEPT

if TYPE_CHECKING:
    from webapp.core.parts import Parts

LOOK_SECONDS: Final = 2.0
# Older than this, what is known is not gone by unless the database is away.
OLDEST_SECONDS: Final = 4.0
_PATIENCE_SECONDS: Final = 1.0
# So long after the first look began, whoever cannot do without it waits for it.
_FIRST_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 1.0
_LONG_AGO: Final = float("-inf")
_log = logging.getLogger("latchkey.settings")


def put_to_work(parts: Parts) -> bool:
    """Make this the application at work, with the settings that are in force now. Whether they are known."""
    use_parts(parts)
    kept = parts.get(KeptSettings)
    kept.follow()
    return kept.is_known


class KeptSettings:
    """Keeps the application's `Settings` up to date: those it was `given` at its start, with what was changed since."""

    def __init__(self, parts: Parts, given: Settings) -> None:
        self.given = given
        self._parts = parts
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._texts: tuple[str | None, ...] = (None,) * len(CHANGEABLE)
        self._values: dict[str, Any] = {}
        self._fault: BaseException | None = None
        self._look: threading.Event | None = None
        self._known_at = self._began_at = self._given_up_at = _LONG_AGO
        self._is_told = False

    @property
    def is_known(self) -> bool:
        """Whether this process has seen them, however long ago."""
        return self._known_at != _LONG_AGO

    def require(self) -> None:
        """Wait a moment for the first look; once they are known, this costs nothing. Raises DatabaseAway."""
        if self.is_known:
            return
        look = self._look
        if look is not None:
            look.wait(max(0.0, self._began_at + _FIRST_SECONDS - clock.monotonic()))
        if not self.is_known:
            raise DatabaseAway(retry_after=2) from self._fault

    def follow(self) -> None:
        """Look again if it is time to. At most one look is under way, and few wait for it."""
        moment = clock.monotonic()
        if moment - self._known_at < LOOK_SECONDS:
            return
        with self._lock:
            look = self._look
            is_mine = look is None or look.is_set()
            if look is None or is_mine:
                if moment - self._began_at < _PAUSE_SECONDS:
                    return
                look = self._look = threading.Event()
                self._began_at = moment
                threading.Thread(target=self._look_aside, args=(look,), name="settings", daemon=True).start()
        # Whoever began it waits some milliseconds; the others only for want of anything younger.
        is_due = is_mine or moment - self._known_at >= OLDEST_SECONDS
        is_hopeful = moment - self._given_up_at >= OLDEST_SECONDS
        if is_due and is_hopeful and not look.wait(_PATIENCE_SECONDS):
            self._given_up_at = clock.monotonic()

    def look(self) -> None:
        """Look now, and wait for it: for whoever has just changed something, or shows it. Raises DatabaseAway."""
        with self._reading:
            # Taken first: what is read is at least as new as this.
            moment = clock.monotonic()
            found = self._parts.get(SingleRows).find(KEPT, {}) or ()
            if found != self._texts:
                self._parts.add(Settings, self._changed(found))
                self._texts = found
            self._known_at, self._is_told = moment, False

    def _look_aside(self, look: threading.Event) -> None:
        try:
            self.look()
        except DatabaseAway as away:
            self._tell_once(away.__cause__)
        except Exception as fault:  # noqa: BLE001 - such as a schema without this table: what is known stays in force
            self._tell_once(fault)
        finally:
            look.set()

    def _changed(self, texts: tuple[str | None, ...]) -> Settings:
        """The settings with these values. In place of one that cannot be used stands the last that could."""
        values = {}
        for name, text in zip(CHANGEABLE, texts, strict=True):
            if text is None:
                continue
            field = name.lower()
            try:
                values[field] = read_kept(name, text)
            except ValueError:
                _log.error("the value that the database keeps for %s cannot be used, so it is not", name)
                before = self._values.get(field)
                values[field] = read_strictly(name, text, self.given) if before is None else before
        self._values = values
        return self.given.model_copy(update=values) if values else self.given

    def _tell_once(self, reason: BaseException | None) -> None:
        """A line for each time that they cannot be read, not for each attempt; none before there is a database."""
        self._fault = reason
        if not self._is_told and self.is_known:
            self._is_told = True
            text = str(reason).partition("\n")[0]
            _log.warning("the settings kept in the database could not be read again: %s", text)
