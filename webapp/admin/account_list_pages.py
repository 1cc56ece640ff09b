"""The list of accounts."""

from __future__ import annotations

from types import SimpleNamespace

from flask import render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin.account_list import list_accounts, state_of
from webapp.admin.pages import blueprint, filters_of
from webapp.core.paging import Cursor, url_of

STATES = ("any", "active", "locked", "unverified")


@blueprint.get("/accounts")
@page("admin:read")
def accounts_list() -> str:
    """Accounts that match the filters of the URL."""
    filters = filters_of("q", "state", "role")
    filters["state"] = filters["state"] if filters["state"] in STATES else "any"
    found = list_accounts(filters, Cursor.read(request.args.get("cursor"), int, str))
    rows = [
        SimpleNamespace(
            id=each.id,
            name=each.display_name,
            username=each.username,
            address=each.email.address if each.email else None,
            state=state_of(each),
            roles=each.role_names,
            last_signed_in_at=each.last_signed_in_at,
            created_at=each.created_at,
        )
        for each in found.page.rows
    ]
    return render_template(
        "admin/accounts.html",
        accounts=rows,
        total=found.total,
        matching=found.matching,
        filters=filters,
        role_names=accounts.list_role_names(),
        may_secure="admin:write" in caller().scopes,
        newer_url=url_of("/admin/accounts", filters, found.page.newer),
        older_url=url_of("/admin/accounts", filters, found.page.older),
        me=caller().account,
    )
