"""From the outbox to the mail server: claim a letter, let the database go, hand it over, write down the outcome.

A letter whose outcome could not be written is sent again after its claim has run out, under the same Message-ID.
Nothing is held while a mail server is spoken to.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from webapp.config import current_settings
from webapp.config.mail_server import read_mail_server
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import unit_of_work
from webapp.infra.kept_settings import KeptSettings
from webapp.infra.letters import UnusableAddress, write_letter
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import LETTERS
from webapp.infra.outbox import open_body
from webapp.infra.outbox_store import (
    Claim,
    claim_letter,
    keep_letters,
    record_delivery,
    record_failure,
    record_giving_up,
)
from webapp.infra.sealing import SealBroken
from webapp.infra.smtp import SmtpLine
from webapp.infra.smtp_answers import LetterRefused, MailServerAway

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.config import Settings

# After the first, second, … failure; the last one from then on.
DELAYS: Final = tuple(timedelta(seconds=each) for each in (30, 120, 600, 3_600, 14_400))
# A server that was away takes everything soon after it is back.
LONGEST_DELAY_WHEN_AWAY: Final = timedelta(minutes=5)
GIVEN_UP_AFTER: Final = timedelta(days=2)
Outcome = Literal["delivered", "put_off", "given_up"]
_log = logging.getLogger("latchkey.mail")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. `complaint`: why it ended before all that is due had been tried."""

    delivered: int = 0
    put_off: int = 0
    given_up: int = 0
    complaint: str | None = None


class Delivery:
    """Delivers what is due, in an application at work and outside of any unit. For one thread."""

    def __init__(self, settings: Settings) -> None:
        self._line: SmtpLine | None = None
        if settings.smtp_url is not None:
            server = read_mail_server(settings.smtp_url.get_secret_value())
            self._line = SmtpLine(server, urlsplit(settings.public_url).hostname or "localhost")
        # Outcomes that the database could not take yet: until it has, nothing else is sent.
        self._unwritten: list[Callable[[], object]] = []
        self._complaint: str | None = None
        self._rounds_away = 0

    @property
    def pause(self) -> timedelta:
        """How long to leave the mail server alone now; none while it serves."""
        return _delay(self._rounds_away, LONGEST_DELAY_WHEN_AWAY) if self._rounds_away else timedelta(0)

    def run_round(self, is_stopped: Callable[[], bool] = lambda: False) -> Round:
        """Try every letter that is due, until the mail server fails. Raises DatabaseAway; nothing is lost by it."""
        if self._line is None:
            with unit_of_work(writes=False):
                return Round(delivered=keep_letters())
        counts: Counter[Outcome] = Counter()
        complaint = None
        try:
            self._write_down()
            while complaint is None and not is_stopped() and (claim := _claim()) is not None:
                try:
                    outcome = self._deliver(claim, self._line)
                except MailServerAway as away:
                    complaint = away.sentence
                    outcome = self._fail(claim, complaint, for_good=False, longest=LONGEST_DELAY_WHEN_AWAY)
                    self._note_away(complaint)
                counts[outcome] += 1
                count(LETTERS, outcome)
                self._write_down()
        finally:
            self._line.close()
        return Round(counts["delivered"], counts["put_off"], counts["given_up"], complaint)

    def _deliver(self, claim: Claim, line: SmtpLine) -> Outcome:
        """What became of the letter; it is still to be written down. Raises MailServerAway."""
        if claim.body is None:
            return self._fail(claim, "its body is gone", for_good=True)
        # A round may be long: the product's name may change while it lasts.
        part(KeptSettings).follow()
        try:
            recipient, letter = open_body(claim.mail_id, claim.body)
            written = write_letter(letter, recipient, claim.mail_id, claim.created_at, current_settings())
            line.send(
                written.sender,
                written.recipient,
                lambda international: written.to_bytes(international=international),
            )
        except LetterRefused as refusal:
            return self._fail(claim, refusal.words, for_good=refusal.for_good)
        except UnusableAddress:
            return self._fail(claim, "its address cannot be written to", for_good=True)
        except SealBroken:
            # An operator who puts the former key into ENCRYPTION_KEY_FALLBACKS opens it again.
            return self._fail(claim, "it does not open with the present ENCRYPTION_KEY", for_good=False)
        except MailServerAway:
            raise
        except Exception:  # noqa: BLE001 - see below
            # One letter's fault must keep no other back; it has its turn again, as after any failure.
            _log.exception("A letter (%s) could not be sent.", claim.kind)
            return self._fail(claim, "it could not be written", for_good=False)
        self._note_served()
        self._unwritten.append(partial(record_delivery, claim))
        return "delivered"

    def _fail(self, claim: Claim, words: str, *, for_good: bool, longest: timedelta = DELAYS[-1]) -> Outcome:
        due_at = clock.now() + _delay(claim.attempts, longest)
        if for_good or due_at > claim.created_at + GIVEN_UP_AFTER:
            _log.warning("A letter (%s) is given up: %s.", claim.kind, words.rstrip("."))
            self._unwritten.append(partial(give_up, claim, words))
            return "given_up"
        _log.info("A letter (%s) has to wait: %s.", claim.kind, words.rstrip("."))
        self._unwritten.append(partial(record_failure, claim, words, due_at))
        return "put_off"

    def _write_down(self) -> None:
        while self._unwritten:
            with unit_of_work():
                self._unwritten[0]()
            self._unwritten.pop(0)

    def _note_away(self, complaint: str) -> None:
        self._rounds_away += 1
        if complaint != self._complaint:
            _log.warning("%s Letters wait, and are tried again.", complaint)
        self._complaint = complaint

    def _note_served(self) -> None:
        if self._complaint is not None:
            _log.warning("The mail server takes letters again.")
        self._complaint, self._rounds_away = None, 0


def _claim() -> Claim | None:
    """In a unit of its own: committed, and the database let go, before the mail server is spoken to."""
    with unit_of_work(writes=False):
        return claim_letter()


def give_up(claim: Claim, words: str) -> None:
    """Erase the letter and tell the audit trail, unless somebody else has it by now."""
    if record_giving_up(claim, words):
        record_event(
            EventName.MAIL_GIVEN_UP,
            account_id=claim.account_id,
            result="failure",
            detail={"kind": claim.kind, "reason": words.rstrip(".")},
        )


def _delay(failures: int, longest: timedelta) -> timedelta:
    return min(DELAYS[min(failures, len(DELAYS)) - 1], longest)
