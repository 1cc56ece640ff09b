"""The letters of a development installation, which nobody sends: what the mailbox page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.config import current_settings
from webapp.core.errors import NotFound
from webapp.infra.database import db
from webapp.infra.letters import UnusableAddress, letter_as_text, write_letter
from webapp.infra.models import Mail
from webapp.infra.outbox import Letter, open_letter
from webapp.infra.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select

MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter as its reader would have it."""

    id: str
    kind: str
    queued_at: datetime
    recipient: str
    letter: Letter

    @property
    def text(self) -> str:
        """Its plain text."""
        return letter_as_text(self.letter, current_settings())

    def to_bytes(self) -> bytes:
        """The whole message, as a mail program opens it. Raises NotFound where it could not have been sent."""
        try:
            written = write_letter(self.letter, self.recipient, self.id, self.queued_at, current_settings())
        except UnusableAddress:
            raise NotFound from None
        return written.to_bytes(international=not written.recipient.isascii())


def list_kept_letters() -> list[KeptLetter]:
    """The newest first, as many as a page takes."""
    newest = select(Mail).where(Mail.body.is_not(None)).order_by(Mail.created_at.desc(), Mail.id.desc())
    return list(_open(newest.limit(MOST_SHOWN)))


def get_kept_letter(mail_id: str) -> KeptLetter:
    """One that is still there. Raises NotFound."""
    for kept in _open(select(Mail).where(Mail.id == mail_id, Mail.body.is_not(None))):
        return kept
    raise NotFound("This letter is not here any more. Letters are kept for a day.")


def _open(query: Select[Mail]) -> Iterator[KeptLetter]:
    for mail in db.session.scalars(query):
        try:
            recipient, letter = open_letter(mail)
        except SealBroken:
            # From before the instance folder got another key.
            continue
        yield KeptLetter(mail.id, mail.kind, mail.created_at, recipient, letter)
