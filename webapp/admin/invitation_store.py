"""Every query about invitations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from webapp.accounts.names import address_key
from webapp.infra.database import db
from webapp.infra.links import Link
from webapp.infra.models import SingleUseLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

_MOST = 200


@dataclass(frozen=True, slots=True)
class OpenLink:
    """An invitation that was neither accepted nor taken back, and is not too old."""

    link: Link
    created_at: datetime
    expires_at: datetime


def list_open(moment: datetime) -> Sequence[OpenLink]:
    """The latest ones, newest first, as many as a page shows."""
    query = _open(moment).order_by(SingleUseLink.created_at.desc(), SingleUseLink.id).limit(_MOST)
    return [_of(row) for row in db.session.scalars(query)]


def find_open(link_id: str, moment: datetime) -> OpenLink | None:
    """One by its id, however many are newer."""
    row = db.session.scalar(_open(moment).where(SingleUseLink.id == link_id))
    return None if row is None else _of(row)


def list_open_at(key: str, moment: datetime) -> Sequence[OpenLink]:
    """Every one for the address of this key, however old. The address is in the detail as it was written."""
    found = db.session.scalars(_open(moment).order_by(SingleUseLink.id).execution_options(yield_per=500))
    return [each for each in map(_of, found) if address_key(str(each.link.detail["address"])) == key]


def take_back(link_id: str, moment: datetime) -> bool:
    """Void an open invitation, in one guarded statement; False when it was not open any more."""
    voided = db.session.execute(
        update(SingleUseLink)
        .where(
            SingleUseLink.id == link_id,
            SingleUseLink.purpose == "invitation",
            SingleUseLink.spent_at.is_(None),
            SingleUseLink.replaced_at.is_(None),
            SingleUseLink.expires_at > moment,
        )
        .values(replaced_at=moment)
        .execution_options(synchronize_session=False)
    )
    return bool(voided.rowcount == 1)  # type: ignore[attr-defined]


def _open(moment: datetime) -> Select[SingleUseLink]:
    return select(SingleUseLink).where(
        SingleUseLink.purpose == "invitation",
        SingleUseLink.spent_at.is_(None),
        SingleUseLink.replaced_at.is_(None),
        SingleUseLink.expires_at > moment,
    )


def _of(row: SingleUseLink) -> OpenLink:
    link = Link(row.id, row.account_id, row.created_at, json.loads(row.detail or "{}"))
    return OpenLink(link, row.created_at, row.expires_at)
