"""The list of accounts: found, filtered and sorted by its address alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import current_app, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin.account_filters import COLUMNS, NAMES, Criteria, Order
from webapp.admin.account_list import list_accounts, state_of
from webapp.admin.pages import blueprint, filters_of
from webapp.core.paging import Cursor, url_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.accounts.models import Account

_PATH: Final = "/admin/accounts"
_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": {
        "active": "Active",
        "locked": "Locked",
        "unverified": "Unverified",
        "deleting": "To be deleted",
    },
    "factor": {"with": "With", "without": "Without"},
    "seen": {
        "day": "In the last 24 hours",
        "week": "In the last 7 days",
        "month": "In the last 30 days",
        "long-ago": "Not for 90 days",
        "never": "Never",
    },
}
_CHIPS: Final = {"state": "State", "role": "Role", "factor": "Second factor", "seen": "Signed in"}
_HEADINGS: Final = {"name": "Account", "seen": "Last signed in", "created": "Created"}
# As people would have them first: from A on, and the latest.
_FIRST: Final = {"name": "name", "seen": "-seen", "created": "-created"}
_ORDERS: Final = {
    "": "Newest first",
    "created": "Oldest first",
    "name": "By username",
    "-name": "By username, from Z to A",
    "-seen": "Latest sign-in first",
    "seen": "Never or longest ago signed in first",
}


@blueprint.get("/accounts")
@page("admin:read")
def accounts_list() -> str:
    """Accounts that match what the address says, in the order that it says."""
    asked = filters_of(*NAMES, "sort")
    criteria, order = Criteria.read(asked), Order.read(asked["sort"])
    cursor = Cursor.read(request.args.get("cursor"), *order.key_kinds)
    found = list_accounts(criteria, order, cursor)
    filters = {name: getattr(criteria, name) for name in NAMES}
    kept = filters | {"sort": found.order.text}
    scopes = caller().scopes
    return render_template(
        "admin/accounts.html",
        accounts=[_row(each) for each in found.page.rows],
        found=found,
        filters=filters | {"sort": order.text},
        choices=_CHOICES,
        chips=_chips(filters, order),
        columns=_columns(filters, found.order),
        orders=[(text, words) for text, words in _ORDERS.items() if text],
        caption=_ORDERS[found.order.text].lower(),
        is_begun=cursor is not None,
        export_url=_address(filters).replace(_PATH, f"{_PATH}/export", 1),
        first_url=_address(filters | {"sort": order.text}),
        is_usual_order=not found.order.text,
        other_order=_ORDERS[order.text].lower() if found.order != order else None,
        role_choices=[(name, name) for name in accounts.list_role_names()],
        may_write="admin:write" in scopes,
        has=_has,
        newer_url=url_of(_PATH, kept, found.page.newer),
        older_url=url_of(_PATH, kept, found.page.older),
        acts=_acts(scopes),
        me=caller().account,
    )


def _row(account: Account) -> SimpleNamespace:
    return SimpleNamespace(
        id=account.id,
        name=account.display_name,
        username=account.username,
        address=account.email.address if account.email else None,
        state=state_of(account),
        has_factor=account.second_factor_since is not None,
        roles=account.role_names,
        last_signed_in_at=account.last_signed_in_at,
        created_at=account.created_at,
    )


def _chips(filters: Mapping[str, str], order: Order) -> list[tuple[str, str]]:
    """Each filter in words, and the address without it."""
    words = {name: _CHOICES.get(name, {}).get(value, value) for name, value in filters.items() if value}
    if "q" in words:
        words["q"] = f"“{words['q']}”"
    return [
        (f"{_CHIPS[name]}: {text.lower() if name in _CHOICES else text}" if name in _CHIPS else text,
         _address({**filters, name: "", "sort": order.text}))
        for name, text in words.items()
    ]  # fmt: skip


def _columns(filters: Mapping[str, str], order: Order) -> dict[str, SimpleNamespace]:
    """For each column that sorts: its heading, the address that sorts by it, and how it is sorted now."""
    found = {}
    for name in COLUMNS:
        is_present = name == order.column
        then = order.other_way if is_present else Order.read(_FIRST[name])
        direction = ("descending" if order.is_descending else "ascending") if is_present else None
        url = _address({**filters, "sort": then.text})
        found[name] = SimpleNamespace(heading=_HEADINGS[name], url=url, direction=direction)
    return found


def _address(values: Mapping[str, str]) -> str:
    kept = {name: value for name, value in values.items() if value}
    return f"{_PATH}?{urlencode(kept)}" if kept else _PATH


def _acts(scopes: frozenset[str]) -> list[tuple[str, str]]:
    """What may be done to many at once, where that is built in."""
    if not _has(f"{_PATH}/bulk", "POST"):
        return []
    return [(act, words) for act, scope, words in _ACTS if scope in scopes]


_ACTS: Final = (
    ("lock", "admin:write", "Lock"),
    ("unlock", "admin:support", "Unlock"),
    ("end_sessions", "admin:support", "Sign out everywhere"),
    ("add_role", "admin:write", "Give a role"),
    ("remove_role", "admin:write", "Take a role away"),
    ("require_password", "admin:write", "Require a new password"),
    ("delete", "admin:write", "Delete"),
    ("restore", "admin:write", "Restore"),
    ("secure", "admin:write", "Secure"),
)


def _has(path: str, method: str = "GET") -> bool:
    """Whether anything of this application answers there."""
    return any(
        each.rule == path and method in (each.methods or ()) for each in current_app.url_map.iter_rules()
    )
