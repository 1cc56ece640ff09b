"""Single-use links: opened as often as one likes, spent once, and worth nothing to a reader of the database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, update

from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.opaque import digest_of, new_id, new_opaque_token
from webapp.infra.database import db
from webapp.infra.models import SingleUseLink

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

Purpose = Literal["setup", "password_reset", "verify_address", "undo_address", "invitation", "not_me"]
_LONGEST_TOKEN = 64


class LinkUnusable(Problem):
    """The link is unknown, spent or too old; `extra["reason"]` is unknown, used, replaced or expired."""

    code = "link_unusable"
    status = 410
    message = "This link cannot be used."


@dataclass(frozen=True, slots=True)
class Link:
    """A link that works now."""

    id: str
    account_id: str | None
    created_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)


def make_link(
    purpose: Purpose,
    account_id: str | None,
    lifetime: timedelta,
    *,
    detail: Mapping[str, object] | None = None,
    replaces: bool = True,
) -> str:
    """The token of a new link. Earlier unspent links for the same purpose and account stop working, unless it
    `replaces` none. `detail` holds facts that JSON can say and that open nothing.
    """
    if replaces:
        revoke_links(purpose, account_id)
    token = new_opaque_token()
    moment = clock.now()
    db.session.add(
        SingleUseLink(
            id=new_id(),
            purpose=purpose,
            token_digest=digest_of(token),
            account_id=account_id,
            created_at=moment,
            expires_at=moment + lifetime,
            detail=None if detail is None else json.dumps(detail),
        )
    )
    return token


def revoke_links(purpose: Purpose, account_id: str | None) -> None:
    """Void every open link for this purpose and account."""
    db.session.execute(
        update(SingleUseLink)
        .where(SingleUseLink.purpose == purpose, SingleUseLink.account_id.is_not_distinct_from(account_id))
        .where(SingleUseLink.spent_at.is_(None), SingleUseLink.replaced_at.is_(None))
        .values(replaced_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def revoke_all_links(account_id: str, *, besides: Purpose | None = None) -> int:
    """Void every open link of an account, whatever for but `besides`; how many were."""
    voided = db.session.execute(
        update(SingleUseLink)
        .where(SingleUseLink.account_id == account_id, SingleUseLink.purpose != (besides or ""))
        .where(SingleUseLink.spent_at.is_(None), SingleUseLink.replaced_at.is_(None))
        .values(replaced_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return int(voided.rowcount)  # type: ignore[attr-defined]


def get_link(purpose: Purpose, token: str) -> Link:
    """Look at a link without spending it. Raises LinkUnusable."""
    row = _find(purpose, token)
    if row is None:
        raise LinkUnusable(reason="unknown")
    if row.spent_at is not None:
        raise LinkUnusable(reason="used")
    if row.replaced_at is not None:
        raise LinkUnusable(reason="replaced")
    if row.expires_at <= clock.now():
        raise LinkUnusable(reason="expired")
    return _link(row)


def find_expired(purpose: Purpose, token: str) -> Link | None:
    """A link that would work still, were it not too old: who holds it may be sent another the same way."""
    row = _find(purpose, token)
    if row is None or row.spent_at is not None or row.replaced_at is not None or row.expires_at > clock.now():
        return None
    return _link(row)


def spend_link(link: Link) -> None:
    """Use the link up, in one guarded statement: of two at once, one gets LinkUnusable."""
    spent = db.session.execute(
        update(SingleUseLink)
        .where(
            SingleUseLink.id == link.id,
            SingleUseLink.spent_at.is_(None),
            SingleUseLink.replaced_at.is_(None),
            SingleUseLink.expires_at > clock.now(),
        )
        .values(spent_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if spent.rowcount != 1:  # type: ignore[attr-defined]
        raise LinkUnusable(reason="used")


def _find(purpose: Purpose, token: str) -> SingleUseLink | None:
    if len(token) > _LONGEST_TOKEN:
        return None
    query = select(SingleUseLink).where(
        SingleUseLink.token_digest == digest_of(token), SingleUseLink.purpose == purpose
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def _link(row: SingleUseLink) -> Link:
    return Link(row.id, row.account_id, row.created_at, json.loads(row.detail) if row.detail else {})
