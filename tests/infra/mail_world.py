"""A letter on its way: queued, delivered, and looked at in its row."""

from __future__ import annotations

from sqlalchemy import select

from webapp.config import current_settings
from webapp.infra.database import db, unit_of_work
from webapp.infra.delivery import Delivery, Round
from webapp.infra.models import Mail
from webapp.infra.outbox import Letter, queue_letter

ADDRESS = "bob@example.org"
LETTER = Letter(
    "Confirm your address",
    ("Somebody gave this address.",),
    ("Confirm", "https://localhost/verify-email/a-secret-token"),
)


def queue(recipient: str = ADDRESS, letter: Letter = LETTER, account_id: str | None = None) -> None:
    with unit_of_work():
        assert queue_letter("verify_address", recipient, letter, account_id=account_id)


def deliver() -> Round:
    """One round, as a process has that has just begun."""
    return Delivery(current_settings()).run_round()


def the_mail() -> Mail:
    """The one row there is, as it is now."""
    with unit_of_work(writes=False):
        return db.session.scalars(select(Mail).execution_options(populate_existing=True)).one()
