"""One act on one account of many, as the account's own page does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.admin import service
from webapp.admin.new_password import require_new_password
from webapp.admin.removal import order_deletion, restore
from webapp.core.errors import Problem
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.admin.bulk_orders import Order


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: `refusal` says why nothing did, `remark` what is left to do by hand."""

    refusal: str | None = None
    remark: str | None = None


def act_on(order: Order, account_id: str, *, actor_id: str) -> Done:
    """Do it in a savepoint of its own, so that a refusal undoes nothing but itself."""
    try:
        with db.session.begin_nested():
            return Done(remark=ACTS[order.act](order, account_id, actor_id))
    except Problem as problem:
        if problem.status >= 500:
            raise
        return Done(refusal=" ".join((problem.fields or {"": problem.message}).values()))


def _lock(order: Order, account_id: str, actor_id: str) -> None:
    service.lock_account(account_id, order.reason, actor_id=actor_id, until=order.until)


def _unlock(_order: Order, account_id: str, actor_id: str) -> None:
    service.unlock_account(account_id, actor_id=actor_id)


def _end_sessions(_order: Order, account_id: str, actor_id: str) -> None:
    service.end_sessions(account_id, actor_id=actor_id)


def _add_role(order: Order, account_id: str, actor_id: str) -> None:
    account = accounts.hold_account(account_id)
    accounts.change_roles(account, {*account.role_names, order.role}, actor_id=actor_id)


def _remove_role(order: Order, account_id: str, actor_id: str) -> None:
    account = accounts.hold_account(account_id)
    accounts.change_roles(account, set(account.role_names) - {order.role}, actor_id=actor_id)


def _require_password(_order: Order, account_id: str, actor_id: str) -> str | None:
    voided = require_new_password(account_id, actor_id=actor_id)
    return (
        None if voided.address else "Done, but no letter could be sent: make a reset link and hand it over."
    )


def _delete(_order: Order, account_id: str, actor_id: str) -> None:
    order_deletion(account_id, actor_id=actor_id)


def _restore(_order: Order, account_id: str, actor_id: str) -> None:
    restore(account_id, actor_id=actor_id)


ACTS: Final[Mapping[str, Callable[[Order, str, str], str | None]]] = {
    "lock": _lock,
    "unlock": _unlock,
    "end_sessions": _end_sessions,
    "add_role": _add_role,
    "remove_role": _remove_role,
    "require_password": _require_password,
    "delete": _delete,
    "restore": _restore,
}
