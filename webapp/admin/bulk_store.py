"""What many accounts are like, as far as an act on all of them has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, select

from webapp.accounts.models import Account, AccountRole, EmailAddress, RoleScope
from webapp.accounts.service import ADMINISTRATOR
from webapp.core import clock
from webapp.infra.database import db
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

# As many ids as a statement takes without being long.
_PIECE: Final = 500


@dataclass(frozen=True, slots=True)
class Facts:
    """One account. `has_rights`: a role of theirs grants something in the administration, in force or not."""

    id: str
    name: str
    username: str
    is_locked: bool
    has_password: bool
    is_password_void: bool
    is_deletion_due: bool
    is_deletion_ordered: bool
    has_verified_address: bool
    has_rights: bool
    roles: frozenset[str]
    sessions: int

    @property
    def is_usable_administrator(self) -> bool:
        """Whether they could administer now, and stay: as accounts.store counts them."""
        is_open = not (self.is_locked or self.is_deletion_due or self.is_deletion_ordered)
        return ADMINISTRATOR in self.roles and is_open and self.has_password and self.has_verified_address


def read_facts(account_ids: Sequence[str]) -> dict[str, Facts]:
    """Those of these accounts that are there, in the order of their ids."""
    wanted = sorted(account_ids)
    scopes = RoleScope.scope.startswith("admin:", autoescape=True)
    with_rights = set(db.session.scalars(select(RoleScope.role_name).where(scopes)))
    found: dict[str, Facts] = {}
    for start in range(0, len(wanted), _PIECE):
        piece = wanted[start : start + _PIECE]
        roles = _roles_of(piece)
        sessions = _sessions_of(piece)
        for row in db.session.execute(_accounts(piece)):
            held = frozenset(roles.get(row.id, ()))
            found[row.id] = Facts(
                row.id,
                row.display_name,
                row.username,
                is_locked=row.locked_at is not None,
                has_password=row.has_password,
                is_password_void=row.password_voided_at is not None,
                is_deletion_due=row.deletion_due_at is not None,
                is_deletion_ordered=row.deletion_actor_id is not None,
                has_verified_address=row.has_verified_address,
                has_rights=not held.isdisjoint(with_rights),
                roles=held,
                sessions=sessions.get(row.id, 0),
            )
    return found


def _accounts(ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    is_verified = exists().where(EmailAddress.account_id == Account.id, EmailAddress.verified_at.is_not(None))
    return select(
        Account.id,
        Account.display_name,
        Account.username,
        Account.locked_at,
        Account.password_hash.is_not(None).label("has_password"),
        Account.password_voided_at,
        Account.deletion_due_at,
        Account.deletion_actor_id,
        is_verified.label("has_verified_address"),
    ).where(Account.id.in_(ids))


def _roles_of(ids: Sequence[str]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    query = select(AccountRole.account_id, AccountRole.role_name).where(AccountRole.account_id.in_(ids))
    for account_id, name in db.session.execute(query):
        held.setdefault(account_id, []).append(name)
    return held


def _sessions_of(ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(Session.account_id, func.count().label("number"))
        .where(Session.account_id.in_(ids), Session.ended_at.is_(None), Session.ends_at > clock.now())
        .group_by(Session.account_id)
    )
    return {row.account_id: row.number for row in db.session.execute(query)}
