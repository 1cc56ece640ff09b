"""What a session is worth at this moment: the facts that every call rests on, read in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from webapp.accounts.models import lacks_required_factor, scopes_in_force
from webapp.accounts.scopes import opens_administration
from webapp.config import current_settings
from webapp.core import clock
from webapp.sessions import store
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.sessions.limits import passed_limit

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.sessions.models import Session

PROOF_LIFETIME: Final = timedelta(minutes=10)


@dataclass(slots=True, eq=False)
class Standing:
    """An open session with its account and what the account's roles grant at this moment.

    The fields from `created_at` on are the session's own. Whole rows are read only when somebody asks for them.
    """

    session_id: str
    account_id: str
    username: str
    display_name: str
    scopes: frozenset[str]
    created_at: datetime
    proved_at: datetime
    last_active_at: datetime
    ends_at: datetime
    key_thumbprint: str | None
    counter: int
    received: int
    rotated_at: datetime | None
    swapper_user_agent: bytes | None
    _rows: tuple[Session, Account] | None = field(default=None, repr=False)
    # No address of the account is proven, or a second factor that a role requires is missing: it holds no more than
    # its own profile, and nothing at services.
    is_held_back: bool = True
    # The second of these alone.
    lacks_required_factor: bool = False

    @property
    def session(self) -> Session:
        """The row, for what changes or shows it."""
        return self._whole()[0]

    @property
    def account(self) -> Account:
        """The account with its addresses and roles, for what changes or shows it."""
        return self._whole()[1]

    @property
    def is_freshly_proved(self) -> bool:
        """Whether the person proved who they are within the last ten minutes."""
        return timedelta(0) <= clock.now() - self.proved_at < PROOF_LIFETIME

    @property
    def is_administrator(self) -> bool:
        """Whether the account may look at the administration."""
        return "admin:read" in self.scopes

    def _whole(self) -> tuple[Session, Account]:
        if self._rows is None:
            self._rows = store.find_with_account(self.session_id)
        if self._rows is None:
            raise SessionEnded(EndCause.STATE_LOST)
        return self._rows


def new_standing(session: Session, account: Account) -> Standing:
    """That of a session just begun."""
    return Standing(
        session.id,
        account.id,
        account.username,
        account.display_name,
        account.scopes,
        session.created_at,
        session.proved_at,
        session.last_active_at,
        session.ends_at,
        session.key_thumbprint,
        session.counter,
        session.received,
        session.rotated_at,
        session.swapper_user_agent,
        (session, account),
        is_held_back=account.lacks_required_factor or not account.is_verified,
        lacks_required_factor=account.lacks_required_factor,
    )


def require_open(row: tuple[Any, ...] | None, *, within: frozenset[str] | None = None) -> Standing:
    """What a row of `store.STANDING` says, with no other scopes than `within`. Raises SessionEnded with the cause."""
    if row is None:
        raise SessionEnded(EndCause.STATE_LOST)
    (is_ended, end_cause, is_shut, roles, has_second_factor, is_verified, granted, *facts) = row[
        : store.FACTS
    ]
    session_id, account_id, username, display_name, *moments_and_chain = facts
    if is_ended:
        raise SessionEnded(EndCause(end_cause or EndCause.SIGNED_OUT), account_id)
    rights = _rights(
        granted or "", roles or "", is_verified, has_second_factor, current_settings().require_mfa_for
    )
    standing = Standing(
        session_id,
        account_id,
        username,
        display_name,
        rights.scopes if within is None else rights.scopes & within,
        *moments_and_chain,
    )
    standing.is_held_back = rights.lacks_factor or not is_verified
    standing.lacks_required_factor = rights.lacks_factor
    passed = passed_limit(standing, is_administrator=rights.is_administrator)
    if passed is not None:
        raise SessionEnded(passed.cause, account_id, outlived=session_id)
    if is_shut:
        raise SessionEnded(EndCause.ACCOUNT_LOCKED, account_id)
    return standing


class _Rights(NamedTuple):
    """The scopes in force, whether the limits of administrators hold, whether a required second factor is missing."""

    scopes: frozenset[str]
    is_administrator: bool
    lacks_factor: bool


@lru_cache(maxsize=1024)
def _rights(
    granted: str, roles: str, is_verified: bool, has_second_factor: bool, required_for: tuple[str, ...]
) -> _Rights:
    names = roles.split()
    is_lacking = lacks_required_factor(names, has_second_factor=has_second_factor, required_for=required_for)
    every = frozenset(granted.split())
    scopes = scopes_in_force(every, is_verified=is_verified, lacks_required_factor=is_lacking)
    # Who is held back today administers tomorrow, in the same session.
    return _Rights(scopes, any(map(opens_administration, every)), is_lacking)
