"""The outbox: a letter is queued in the unit that gives rise to it, sealed, and delivered afterwards by a worker.

So a letter goes out exactly when what it tells of has happened, and a request never waits for a mail server.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.bell import Bell, ring_after_commit
from webapp.infra.database import insert_unless_there
from webapp.infra.models import Mail
from webapp.infra.resealing import reseal_column
from webapp.infra.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Sequence


class MailBell(Bell):
    """Wakes whoever delivers letters."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, in plain text; text and HTML are both made of it when it is sent.

    `action` is a label and an address to open. `closing` stands below it: what to do when this was not oneself.
    """

    subject: str
    paragraphs: tuple[str, ...]
    action: tuple[str, str] | None = None
    closing: tuple[str, ...] = ()
    # Further links, each a label and an address, such as "This wasn't me".
    others: tuple[tuple[str, str], ...] = ()


def queue_letter(
    kind: str, recipient: str, letter: Letter, *, account_id: str | None = None, once: str | None = None
) -> bool:
    """Queue a letter to one address, in the present unit; False when one for the same `once` was queued before.

    `kind` names it for operators (`verify_address`). Without a way to send mail nothing may be queued: ask
    `current_settings().sends_mail` first, and give the person another way.
    """
    mail_id = new_id()
    moment = clock.now()
    body = json.dumps({"recipient": recipient, **asdict(letter)}, ensure_ascii=False).encode()
    is_queued = insert_unless_there(
        Mail,
        id=mail_id,
        kind=kind,
        account_id=account_id,
        once=once,
        body=part(Sealer).seal(body, _context(mail_id)),
        created_at=moment,
        due_at=moment,
        attempts=0,
    )
    if is_queued:
        ring_after_commit(MailBell)
    return is_queued


def open_letter(mail: Mail) -> tuple[str, Letter]:
    """Recipient and letter of a row whose body is still there. Raises SealBroken."""
    if mail.body is None:
        raise ValueError("the letter was delivered, and its body erased")
    return open_body(mail.id, mail.body)


def open_body(mail_id: str, body: bytes) -> tuple[str, Letter]:
    """Recipient and letter of a sealed body, which opens for its own row only. Raises SealBroken."""
    said = json.loads(part(Sealer).unseal(body, _context(mail_id)))
    action = said["action"]
    letter = Letter(
        said["subject"],
        tuple(said["paragraphs"]),
        None if action is None else (action[0], action[1]),
        tuple(said["closing"]),
        _pairs(said["others"]),
    )
    return said["recipient"], letter


def reseal_letters(most: int) -> int:
    """Seal so many letters anew after ENCRYPTION_KEY was replaced; how many were. Delivered ones have no body."""
    return reseal_column(Mail, Mail.body, lambda mail: _context(mail.id), most)


def _pairs(found: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((label, address) for label, address in found)


def _context(mail_id: str) -> str:
    return f"mails.body {mail_id}"
