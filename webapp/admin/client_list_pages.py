"""The list of clients, and beside it the addresses to which signing in may lead back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.forms import ReturnAddressForm
from webapp.admin.pages import blueprint
from webapp.core.errors import Problem
from webapp.signin import return_addresses
from webapp.tokens import clients

_LIST = "/admin/clients"
_writes = page("admin:write", proof=True)


@blueprint.get("/clients", endpoint="clients")
@page("admin:read")
def clients_list() -> str:
    """Every client, and the return addresses."""
    return _list_page()


@blueprint.post("/clients/add-return-address", endpoint="add_return_address")
@_writes
def add_return_address() -> Any:
    """Let signing in lead to one more address."""
    form = ReturnAddressForm()
    if not form.is_sent():
        return _list_page(form), 422
    try:
        return_addresses.add_return_address(form.url.data or "", actor_id=caller().account.id)
    except Problem as problem:
        form.refuse(problem)
        return _list_page(form), problem.status
    flash("The return address is registered.", "good")
    return redirect(_LIST, 303)


@blueprint.post("/clients/remove-return-address", endpoint="remove_return_address")
@_writes
def remove_return_address() -> Any:
    """Let signing in lead to an address no more."""
    form = ReturnAddressForm()
    if not form.is_sent():
        return _list_page(form), 422
    try:
        return_addresses.remove_return_address(form.url.data or "", actor_id=caller().account.id)
    except return_addresses.ReturnAddressNotFound:
        # A second tab, or the button pressed twice: the list says how things stand.
        flash("This return address was removed before.", "info")
    else:
        flash("The return address is removed.", "good")
    return redirect(_LIST, 303)


def _list_page(form: ReturnAddressForm | None = None) -> str:
    standing = caller()
    may_write = "admin:write" in standing.scopes
    return render_template(
        "admin/clients.html",
        clients=clients.list_clients(),
        addresses=return_addresses.list_return_addresses(),
        form=(form or ReturnAddressForm(formdata=None)) if may_write else None,
        me=standing.account,
    )
