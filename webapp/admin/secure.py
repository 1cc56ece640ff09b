"""Securing accounts for their owners, one or many: first what will happen to whom, then the act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountNotFound
from webapp.admin.mails import secured_letter, verified_address_for_letter
from webapp.core.errors import Problem
from webapp.infra.database import keep_so_far
from webapp.infra.outbox import queue_letter
from webapp.recovery.flow import make_reset_link
from webapp.recovery.not_me import secure_account
from webapp.sessions import service as sessions
from webapp.sessions.errors import SessionEnded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from webapp.accounts.models import Account
    from webapp.sessions.service import Standing

# Accounts in one unit: SQLite's write lock is held for some milliseconds each, and others write in between.
_BATCH: Final = 20
_LONGEST_ID: Final = 26
# Two pages of the list; more would keep a browser waiting for its answer.
MOST_AT_ONCE: Final = 100
Outcome = Literal["mailed", "needs_link", "already", "gone"]


class NothingSelected(Problem):
    """No account of the selection is one that could be secured."""

    code = "nothing_selected"
    status = 422
    message = "No account is selected. Tick some in the list, then choose again."


class TooManySelected(Problem):
    """More accounts than one request secures."""

    code = "too_many_selected"
    status = 422
    message = f"Secure at most {MOST_AT_ONCE} accounts at a time. Nothing was changed: select fewer."


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would happen to one account. `is_mailed`: its owner gets a reset link by letter."""

    id: str
    name: str
    username: str
    sessions: int
    has_second_factor: bool
    is_mailed: bool
    is_secured: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The accounts meant, in the order given; how many ids name none; whether one's own was among them."""

    prospects: Sequence[Prospect]
    unknown: int
    has_own: bool

    @property
    def ids(self) -> list[str]:
        """Those to be secured."""
        return [each.id for each in self.prospects]


@dataclass(frozen=True, slots=True)
class Done:
    """What happened to one account; `factors` are those left to look through."""

    id: str
    name: str
    username: str
    sessions: int
    factors: int
    outcome: Outcome
    removed_factors: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What happened to all; `left` were not come to, because the administrator could not go on."""

    done: Sequence[Done]
    left: int


def look_at(account_ids: Iterable[str], *, actor_id: str) -> Selection:
    """Who is selected and what securing would do to them. Changes nothing. Raises TooManySelected."""
    wanted = dict.fromkeys(account_ids)
    _require_few(wanted)
    found = [_find(each) for each in wanted if each != actor_id]
    prospects = [_prospect(each) for each in found if each is not None]
    return Selection(prospects, len(found) - len(prospects), actor_id in wanted)


def secure_accounts(account_ids: Iterable[str], standing: Standing) -> Result:
    """Secure each in turn, some in a unit, and tell of each. One's own account is left out. Raises NothingSelected,
    TooManySelected.

    An account that is secured already, with nobody in it, stays as it is: sending a form twice does its work once.
    """
    wanted = [each for each in dict.fromkeys(account_ids) if each != standing.account_id]
    if not wanted:
        raise NothingSelected
    _require_few(wanted)
    done: list[Done] = []
    for start in range(0, len(wanted), _BATCH):
        if start:
            keep_so_far()
            if not _may_go_on(standing):
                break
        done += [_secure(each, standing.account_id) for each in sorted(wanted[start : start + _BATCH])]
    return Result([each for each in done if each.outcome != "gone"], len(wanted) - len(done))


def _require_few(wanted: Collection[str]) -> None:
    if len(wanted) > MOST_AT_ONCE:
        raise TooManySelected


def _may_go_on(standing: Standing) -> bool:
    """The last unit let go of what it held: the administrator may be signed out or demoted by now."""
    sessions.hold_session(standing)
    try:
        return "admin:write" in sessions.require_standing(standing.session_id).scopes
    except SessionEnded:
        return False


def _secure(account_id: str, actor_id: str) -> Done:
    if _find(account_id) is None:
        return Done(account_id, "", "", 0, 0, "gone")
    try:
        account = accounts.hold_account(account_id)
    except AccountNotFound:
        # Deleted in this very moment.
        return Done(account_id, "", "", 0, 0, "gone")
    if _is_secured(account):
        return Done(account.id, account.display_name, account.username, 0, 0, "already")
    secured = secure_account(account.id, way="administrator", actor_id=actor_id)
    outcome: Outcome = "needs_link"
    address = verified_address_for_letter(account)
    if address is not None:
        token = make_reset_link(account, actor_id=actor_id, is_mailed=True)
        queue_letter("account_secured", address, secured_letter(account, token), account_id=account.id)
        outcome = "mailed"
    return Done(
        account.id,
        account.display_name,
        account.username,
        secured.sessions,
        len(secured.factors),
        outcome,
        secured.removed_factors,
    )


def _find(account_id: str) -> Account | None:
    # What no column holds, no database is asked for.
    if not (account_id.isascii() and account_id.isalnum() and len(account_id) <= _LONGEST_ID):
        return None
    try:
        return accounts.get_account(account_id)
    except AccountNotFound:
        return None


def _prospect(account: Account) -> Prospect:
    return Prospect(
        account.id,
        account.display_name,
        account.username,
        len(sessions.list_sessions(account)),
        account.second_factor_since is not None,
        verified_address_for_letter(account) is not None,
        _is_secured(account),
    )


def _is_secured(account: Account) -> bool:
    return account.password_voided_at is not None and not sessions.list_sessions(account)
