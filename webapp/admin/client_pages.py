"""The pages of a client and of the service it stands for. Their list is in `client_list_pages`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.forms import ClientForm, ConfirmForm, ScopesForm
from webapp.admin.pages import blueprint
from webapp.config import current_settings
from webapp.core.errors import Conflict, Problem
from webapp.core.opaque import new_id
from webapp.tokens import clients, services
from webapp.tokens.errors import ClientRegistered, SecretReplaced

if TYPE_CHECKING:
    from webapp.tokens.models import Client
    from webapp.web.forms import Form

_LIST = "/admin/clients"
_PATH = "/clients/<string(length=26):client_id>"
_writes = page("admin:write", proof=True)


@blueprint.get("/clients/new", endpoint="new_client")
@page("admin:write")
def show_new_client() -> str:
    """The form for another client."""
    return _new_page(ClientForm(formdata=None, id=new_id(), audience=current_settings().jwt_audience))


@blueprint.post("/clients/new", endpoint="send_new_client")
@_writes
def send_new_client() -> Any:
    """Register a client, and show its secret once."""
    form = ClientForm()
    if not form.is_sent():
        return _new_page(form), 422
    try:
        client, secret = clients.register_client(
            form.name.data or "",
            form.audience.data,
            (form.scopes.data or "").split(),
            client_id=form.id.data,
            actor_id=caller().account.id,
        )
    except ClientRegistered as problem:
        flash(problem.message, "info")
        return redirect(f"{_LIST}/{form.id.data}", 303)
    except Problem as problem:
        form.refuse(problem)
        return _new_page(form), problem.status
    return _secret_page(client, secret, f"{client.name} is registered")


@blueprint.get(_PATH, endpoint="client")
@page("admin:read")
def client_page(client_id: str) -> str:
    """Everything known about one client, and what may be done to it."""
    return _client_page(clients.get_client(client_id))


@blueprint.post(f"{_PATH}/scopes", endpoint="send_scopes")
@_writes
def send_scopes(client_id: str) -> Any:
    """Change what tokens for the client's service may carry."""
    client, form = clients.get_client(client_id), ScopesForm()
    if not form.is_sent():
        return _client_page(client, form), 422
    try:
        services.change_scopes(
            client.audience,
            (form.scopes.data or "").split(),
            version=form.version.data,
            actor_id=caller().account.id,
        )
    except Problem as problem:
        form.refuse(problem)
        # After somebody else's change what was typed here is out of date: show how things stand.
        return _client_page(client, form, keep=not isinstance(problem, Conflict)), problem.status
    flash("The scopes are saved. They are in the tokens issued from now on.", "good")
    return redirect(f"{_LIST}/{client_id}", 303)


@blueprint.get(f"{_PATH}/replace-secret", endpoint="replace_secret")
@page("admin:write")
def show_replace_secret(client_id: str) -> str:
    """What a new secret does, before it is made."""
    client = clients.get_client(client_id)
    return _confirm(
        client,
        "replace-secret",
        f"Replace the secret of {client.name}",
        "Replace secret",
        [
            "A new secret is made and shown once.",
            "The old secret stops working at once: until the program has the new one, its calls are refused.",
            "To change over without a gap, create a second client for the same audience and revoke this one later.",
        ],
        version=clients.secret_version(client),
    )


@blueprint.post(f"{_PATH}/replace-secret", endpoint="send_replace_secret")
@_writes
def send_replace_secret(client_id: str) -> Any:
    """Make a new secret, and show it once; reloading that page must not make another."""
    try:
        client, secret = clients.replace_secret(
            client_id, version=request.form.get("version"), actor_id=caller().account.id
        )
    except SecretReplaced as problem:
        flash(problem.message, "info")
        return redirect(f"{_LIST}/{client_id}", 303)
    return _secret_page(client, secret, f"New secret of {client.name}")


@blueprint.get(f"{_PATH}/revoke", endpoint="revoke_client")
@page("admin:write")
def show_revoke_client(client_id: str) -> str:
    """What revoking does, before it is done."""
    client = clients.get_client(client_id)
    happens = ["Its calls are refused from the next one on, for good."]
    if client.revoked_at:
        happens = ["It is revoked already: its calls are refused, and nothing more happens."]
    elif clients.is_last_of_service(client):
        happens += [
            f"It is the last client of {client.audience}: nobody gets tokens for that audience any more.",
            "Tokens issued already stay good until they run out, where a service checks them by key alone.",
        ]
    else:
        happens.append("Tokens and the people who hold them are not affected.")
    return _confirm(client, "revoke", f"Revoke {client.name}", "Revoke client", happens)


@blueprint.post(f"{_PATH}/revoke", endpoint="send_revoke_client")
@_writes
def send_revoke_client(client_id: str) -> Any:
    """Refuse the client from now on."""
    client = clients.revoke_client(client_id, actor_id=caller().account.id)
    flash(f"{client.name} is revoked.", "good")
    return redirect(_LIST, 303)


def _new_page(form: ClientForm) -> str:
    return render_template(
        "admin/client_new.html", form=form, own_audience=current_settings().jwt_audience, me=caller().account
    )


def _secret_page(client: Client, secret: str, heading: str) -> str:
    return render_template(
        "admin/client_secret.html",
        client=client,
        secret=secret,
        heading=heading,
        introspect_url=f"{current_settings().public_url}/api/v1/introspect",
        me=caller().account,
    )


def _client_page(client: Client, form: ScopesForm | None = None, *, keep: bool = True) -> str:
    standing = caller()
    may_write = "admin:write" in standing.scopes
    service = services.find_service(client.audience)
    fresh = ScopesForm(formdata=None, scopes=service.scopes) if service and may_write else None
    return render_template(
        "admin/client.html",
        client=client,
        service=SimpleNamespace(version=service.version, holders=services.list_holders(service))
        if service
        else None,
        form=form if form and keep else fresh,
        refused=form if form and not (keep and fresh) else None,
        may_write=may_write,
        needs_proof=may_write and not standing.is_freshly_proved,
        me=standing.account,
    )


def _confirm(
    client: Client, act: str, heading: str, label: str, what_happens: list[str], *, version: str | None = None
) -> str:
    form: Form = ConfirmForm(formdata=None)
    return render_template(
        "admin/confirm.html",
        heading=heading,
        what_happens=what_happens,
        form=form,
        carried=[("version", version)] if version else [],
        action=f"{_LIST}/{client.id}/{act}",
        action_label=label,
        danger=True,
        active="clients",
        cancel_url=f"{_LIST}/{client.id}",
        me=caller().account,
    )
