"""The letters an application has queued, as their readers would see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.make import entered

if TYPE_CHECKING:
    from flask import Flask

    from webapp.infra.outbox import Letter


def letters_to(app: Flask, address: str, *, kind: str | None = None) -> list[Letter]:
    """What is queued for this address, oldest first; of one kind where it is given."""
    from sqlalchemy import select

    from webapp.infra.database import db, unit_of_work
    from webapp.infra.models import Mail
    from webapp.infra.outbox import open_letter

    with entered(app), unit_of_work(writes=False):
        query = select(Mail).where(Mail.body.is_not(None)).order_by(Mail.created_at, Mail.id)
        rows = [each for each in db.session.scalars(query) if kind in {None, each.kind}]
        opened = [open_letter(each) for each in rows]
    return [letter for recipient, letter in opened if recipient == address]


def link_in(letter: Letter) -> str:
    """The path of the address a letter asks to open, as a browser on this site would ask for it."""
    assert letter.action is not None, f"{letter.subject} asks to open nothing"
    return path_of(letter.action[1])


def path_of(address: str) -> str:
    """What comes after the host."""
    return re.sub(r"^https?://[^/]+", "", address)
