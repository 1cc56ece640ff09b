"""Checks of the mail server and the limiter store: that they answer, know us, and are reached safely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.admin.health_strip import of_mail
from webapp.config.mail_server import find_mail_note, read_mail_server
from webapp.config.safety import LOOPBACK_NAMES
from webapp.core.limit import Limit
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.smtp import SmtpLine
from webapp.infra.smtp_answers import MailServerAway
from webapp.infra.throttle import Throttle, TooManyAttempts
from webapp.ops.self_audit.findings import (
    Check,
    Finding,
    Group,
    NotAsked,
    failed,
    passed,
    warned,
    worse_in_production,
)
from webapp.ops.self_audit.stored import Stored

if TYPE_CHECKING:
    from webapp.infra.throttle import Ticket
    from webapp.ops.self_audit.evidence import Evidence, Visit

# A lane of its own under a key of its own: what is counted for a trial counts for nobody.
_LANE: Final = "self-audit-trial"
_TRIAL: Final = Limit(2, 3600)
_UNIX: Final = frozenset({"redis+unix", "valkey+unix"})
_TLS: Final = frozenset({"rediss", "valkeys"})


@dataclass(frozen=True, slots=True)
class MailServerSaid:
    """What became of greeting it, of TLS and of signing in; `trouble` is None where all went well."""

    protection: str
    has_login: bool
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Counting:
    """Whether limits are counted where they are meant to be, and whether a third attempt of two was refused."""

    answers: bool
    refuses: bool


def look_at_mail_server(visit: Visit) -> MailServerSaid | NotAsked:
    """Greet, protect and sign in as for a letter, and hand none over."""
    if visit.settings.smtp_url is None:
        return NotAsked()
    server = read_mail_server(visit.settings.smtp_url.get_secret_value())
    line = SmtpLine(server, urlsplit(visit.settings.public_url).hostname or "localhost")
    trouble = None
    try:
        line.open()
    except MailServerAway as away:
        trouble = away.sentence
    finally:
        line.close()
    return MailServerSaid(server.protection, server.user is not None, trouble)


def look_at_counting(_visit: Visit) -> Counting:
    """Count three attempts where two are allowed, and give them back."""
    throttle = part(Throttle)
    # Twice, for the window may end in the middle of the first trial.
    return Counting(throttle.healthy(), _is_refused(throttle) or _is_refused(throttle))


def _is_refused(throttle: Throttle) -> bool:
    key = new_id()
    tickets: list[Ticket] = []
    try:
        tickets.extend(throttle.count(_LANE, key, _TRIAL) for _ in range(_TRIAL.count + 1))
    except TooManyAttempts:
        return True
    finally:
        for ticket in tickets:
            throttle.give_back(ticket)
    return False


def check_mail_server(evidence: Evidence) -> Finding:
    if evidence.settings.smtp_url is None:
        note = find_mail_note(evidence.settings)
        if note is None:
            return passed("No mail server: letters end at the mailbox page of development.")
        return warned(
            "No mail server is set, so nobody is sent a link or told of anything.",
            "Set SMTP_URL and MAIL_FROM.",
        )
    said = evidence.of(MailServerSaid)
    if said.trouble:
        return failed(
            said.trouble, "Correct SMTP_URL, or mend the mail server. Letters wait meanwhile, for days."
        )
    signed_in = " and took user and password" if said.has_login else ""
    return passed(f"The mail server answered{signed_in}. Nothing was sent.")


def check_mail_protection(evidence: Evidence) -> Finding:
    """By the setting: that TLS is verified is the same for every letter."""
    smtp = evidence.settings.smtp_url
    if smtp is None:
        raise NotAsked
    server = read_mail_server(smtp.get_secret_value())
    if server.protection == "none":
        return passed("The mail server is on this machine, where nobody is on the way.")
    how = "from the start" if server.protection == "tls" else "by STARTTLS, without which nothing is sent"
    return passed(f"Letters go over verified TLS, {how}.")


def check_mail_queue(evidence: Evidence) -> Finding:
    health = of_mail(evidence.settings, evidence.of(Stored).waiting, 0, evidence.visit.moment)
    if health.state == "good" or not evidence.settings.sends_mail:
        return passed(health.sentence)
    cure = "See that a server or flask worker runs, and what the mail server says."
    return (failed if health.state == "wrong" else warned)(health.sentence, cure)


def check_store(evidence: Evidence) -> Finding:
    if evidence.settings.redis_url is None:
        return passed("Limits are counted in the memory of one process, which is right for one server alone.")
    if not evidence.of(Counting).answers:
        return failed(
            "The limiter store does not answer: each process counts its share of the limits by itself.",
            "Start Redis or Valkey, or correct REDIS_URL.",
        )
    return passed("Limits are shared by all nodes through the store, which answers.")


def check_counting(evidence: Evidence) -> Finding:
    if evidence.of(Counting).refuses:
        return passed("Of three attempts where two are allowed, the third was refused.")
    return failed(
        "Of three attempts where two are allowed, the third was let through: nobody is held back from guessing.",
        "See that REDIS_URL names a store that keeps what it is told, and not one that evicts at once.",
    )


def check_way_to_store(evidence: Evidence) -> Finding:
    address = evidence.settings.redis_url
    if address is None:
        raise NotAsked
    url = urlsplit(address)
    if url.scheme in _UNIX or (url.hostname or "localhost") in LOOPBACK_NAMES:
        return passed("The limiter store is on this machine.")
    if url.scheme not in _TLS:
        return worse_in_production(
            evidence.settings.in_production,
            "The connection to the limiter store on another machine is not encrypted.",
            "Use rediss:// in REDIS_URL.",
        )
    if not url.password:
        return worse_in_production(
            evidence.settings.in_production,
            "The limiter store asks for no password: whoever reaches it can lift every limit.",
            "Give it a user and a password, and name them in REDIS_URL.",
        )
    return passed("The connection to the limiter store is encrypted, and asks for a password.")


NEIGHBOURS: Final = Group(
    "neighbours",
    "Mail server and limiter store",
    (
        Check("mail.server", "Mail server", ("12.3.2", "13.2.3"), check_mail_server),
        Check("mail.protection", "Way to the mail server", ("12.3.1", "12.3.2"), check_mail_protection),
        Check("mail.queue", "Waiting letters", ("16.5.2",), check_mail_queue),
        Check("limits.store", "Limiter store", ("6.3.1", "16.5.2"), check_store),
        Check("limits.count", "Limits count", ("6.3.1", "2.4.2"), check_counting),
        Check("limits.way", "Way to the limiter store", ("12.3.1", "13.2.3"), check_way_to_store),
    ),
)
