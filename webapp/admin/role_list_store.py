"""Every query of the console about roles: who holds one, and what else speaks of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import selectinload

from webapp.accounts.models import Account, AccountRole
from webapp.core.paging import Cursor, Page
from webapp.infra.database import db
from webapp.infra.models import SingleUseLink
from webapp.tokens.models import Service

if TYPE_CHECKING:
    from datetime import datetime

# As many as leave room for the rest of a role's page; the list of accounts shows more.
_PAGE_SIZE = 20


def page_of_holders(role: str, cursor: Cursor | None, *, held_by_many: bool) -> Page[Account]:
    """Accounts that hold the role, by username.

    One that many hold is looked for along the usernames, where every page soon is full; one that few hold is asked
    for its holders, who are then sorted. Either way round the other would go through a million rows.
    """
    query = select(Account).options(selectinload(Account.emails))
    if held_by_many:
        is_held = AccountRole.account_id == Account.id, AccountRole.role_name == role
        query = query.where(exists().where(*is_held))
        key = Account.username_key.expression
    else:
        query = query.join(AccountRole, AccountRole.account_id == Account.id)
        query = query.where(AccountRole.role_name == role)
        # Not by the index of usernames.
        key = Account.username_key.concat("")
    is_back = cursor is not None and cursor.direction == "newer"
    if cursor is not None:
        edge = str(cursor.key[0])
        query = query.where(key < edge if is_back else key > edge)
    query = query.order_by(key.desc() if is_back else key.asc())
    rows = list(db.session.scalars(query.limit(_PAGE_SIZE + 1)))
    has_more = len(rows) > _PAGE_SIZE
    rows = rows[:_PAGE_SIZE]
    if is_back:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    return Page(
        rows,
        Cursor("newer", (rows[0].username_key,)) if (has_more if is_back else cursor) else None,
        Cursor("older", (rows[-1].username_key,)) if is_back or has_more else None,
    )


def list_services() -> dict[str, list[str]]:
    """The scopes of each registered service, by its audience."""
    rows = db.session.execute(select(Service.audience, Service.scopes).order_by(Service.audience))
    return {row.audience: row.scopes.split() for row in rows}


def list_invitations_with(role: str, moment: datetime) -> list[SingleUseLink]:
    """Open invitations that would give the role, as rows to change."""
    query = select(SingleUseLink).where(
        SingleUseLink.purpose == "invitation",
        SingleUseLink.spent_at.is_(None),
        SingleUseLink.replaced_at.is_(None),
        SingleUseLink.expires_at > moment,
        # The name as JSON writes it; which member it stands in is looked at below.
        SingleUseLink.detail.contains(json.dumps(role), autoescape=True),
    )
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return [each for each in found if role in roles_in(each)]


def roles_in(link: SingleUseLink) -> list[str]:
    """The roles that an invitation gives."""
    return [str(each) for each in json.loads(link.detail or "{}").get("roles", [])]


def leave_out(link: SingleUseLink, role: str) -> None:
    """Let an invitation give this role no more."""
    detail = json.loads(link.detail or "{}")
    link.detail = json.dumps(detail | {"roles": [each for each in roles_in(link) if each != role]})
