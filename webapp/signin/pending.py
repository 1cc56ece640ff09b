"""Sign-ins that wait for a second step: the password was right, and nothing is open yet.

Such a sign-in is good for ten minutes and for one finish, at the face where it began; on the page also in no other
browser. It ends with the password that was given for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.errors import AccountNotFound
from webapp.core import clock
from webapp.core.limit import Limit
from webapp.core.opaque import digest_of, new_id, new_opaque_token
from webapp.core.parts import part
from webapp.factors.errors import FactorRefused
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.factors.service import methods_of
from webapp.infra.throttle import Throttle
from webapp.signin import pending_store as store
from webapp.signin.errors import SecondStepOver
from webapp.signin.models import PendingSignIn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.accounts.models import Account
    from webapp.signin.devices import Device

PENDING_LIFETIME: Final = timedelta(minutes=10)
# Five wrong answers, and the password is asked for again.
_TRIES: Final = Limit(5, int(PENDING_LIFETIME.total_seconds()))
_LONGEST_TOKEN: Final = 64


@dataclass(frozen=True, slots=True)
class FactorDue:
    """The password was right. `token` finishes the sign-in by one of these methods, and opens nothing by itself."""

    token: str
    methods: tuple[str, ...]
    account: Account


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in that can still be finished, and whose it is."""

    id: str
    begun_at: float
    account: Account


def begin_second_step(account: Account, device: Device, *, is_page: bool) -> FactorDue:
    """Wait for a second factor of somebody whose password was right."""
    token, moment = new_opaque_token(), clock.now()
    store.add(
        PendingSignIn(
            id=new_id(),
            token_digest=digest_of(token),
            account_id=account.id,
            device_id=device.id,
            is_page=is_page,
            password_changed_at=account.password_changed_at,
            created_at=moment,
            expires_at=moment + PENDING_LIFETIME,
        )
    )
    return FactorDue(token, methods_of(account.id), account)


def get_waiting(token: str, device: Device, *, is_page: bool, holds: bool = False) -> Waiting:
    """The sign-in behind a token; with `holds` nobody else goes on with it or changes its account till the unit ends.

    Raises SecondStepOver, one and the same whatever is wrong with it.
    """
    row = store.find(digest_of(token)) if 0 < len(token) <= _LONGEST_TOKEN else None
    if row is not None and holds:
        # The account first, in the order of everybody who changes one, and then what became of the row meanwhile.
        account_store.hold_account(row.account_id)
        row = store.find(row.token_digest)
    if row is None or row.finished_at is not None or row.expires_at <= clock.now():
        raise SecondStepOver
    if row.is_page != is_page or (is_page and row.device_id != device.id):
        raise SecondStepOver
    try:
        account = accounts.get_account(row.account_id)
    except AccountNotFound:
        raise SecondStepOver from None
    if account.password_changed_at != row.password_changed_at or account.password_voided_at is not None:
        raise SecondStepOver
    return Waiting(row.id, row.created_at.timestamp(), account)


@contextmanager
def one_try(waiting: Waiting) -> Iterator[None]:
    """Count an answer before it is looked at; the fifth wrong one ends the sign-in, and raises SecondStepOver."""
    throttle = part(Throttle)
    # In the window of the beginning, however late the answer comes: the turn of a window gives nobody five more.
    name = throttle.name_of("second-step", waiting.id, _TRIES, waiting.begun_at)
    ticket, tried = throttle.take(name, _TRIES.seconds)
    if tried > _TRIES.count:
        raise SecondStepOver
    try:
        yield
    except (FactorRefused, PasskeyRefused):
        if tried == _TRIES.count:
            store.finish(waiting.id, clock.now())
        raise
    except BaseException:
        throttle.give_back(ticket)
        raise


def finish(waiting: Waiting) -> None:
    """Use it up. Raises SecondStepOver when somebody else was quicker."""
    if not store.finish(waiting.id, clock.now()):
        raise SecondStepOver
