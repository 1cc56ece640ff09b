"""Every query about invitations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from webapp.infra.database import db
from webapp.infra.links import Link
from webapp.infra.models import SingleUseLink

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 200


@dataclass(frozen=True, slots=True)
class OpenLink:
    """An invitation that was neither accepted nor taken back, and is not too old."""

    link: Link
    created_at: datetime
    expires_at: datetime


def list_open(moment: datetime) -> Sequence[OpenLink]:
    """The latest ones, newest first."""
    query = select(SingleUseLink).where(
        SingleUseLink.purpose == "invitation",
        SingleUseLink.spent_at.is_(None),
        SingleUseLink.replaced_at.is_(None),
        SingleUseLink.expires_at > moment,
    )
    query = query.order_by(SingleUseLink.created_at.desc(), SingleUseLink.id).limit(_MOST)
    return [
        OpenLink(Link(row.id, row.account_id, json.loads(row.detail or "{}")), row.created_at, row.expires_at)
        for row in db.session.scalars(query)
    ]


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
