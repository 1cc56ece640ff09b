"""The pages of webhook endpoints: described, given a secret that is shown once, turned off, deleted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.forms import DeleteNamedForm
from webapp.admin.pages import blueprint
from webapp.admin.webhook_forms import EndpointForm, NewEndpointForm, ReplaceSecretForm
from webapp.admin.webhook_view import list_shown, notes_of, show_endpoint, show_messages
from webapp.core.errors import Problem
from webapp.core.opaque import new_id
from webapp.webhooks import service
from webapp.webhooks.errors import EndpointChanged, EndpointMade, EndpointNotFound
from webapp.webhooks.words import require_words

if TYPE_CHECKING:
    from webapp.admin.webhook_view import ShownEndpoint

_LIST = "/admin/webhooks"
_PATH = "/webhooks/<string(length=26):endpoint_id>"
_writes = page("admin:write", proof=True)


@blueprint.get("/webhooks", endpoint="webhooks")
@page("admin:read")
def endpoints_list() -> str:
    """Every endpoint."""
    standing = caller()
    return render_template(
        "admin/webhooks.html",
        endpoints=list_shown(),
        may_write="admin:write" in standing.scopes,
        me=standing.account,
    )


@blueprint.get("/webhooks/new", endpoint="new_webhook")
@page("admin:write")
def show_new_endpoint() -> str:
    """The form for another endpoint."""
    return _new_page(NewEndpointForm(formdata=None, id=new_id()))


@blueprint.post("/webhooks/new", endpoint="send_new_webhook")
@_writes
def send_new_endpoint() -> Any:
    """Make an endpoint, and show its secret once."""
    form = NewEndpointForm()
    if not form.is_sent():
        return _new_page(form), 422
    try:
        made, secret = service.create_endpoint(
            require_words(**form.typed), endpoint_id=form.id.data, actor_id=caller().account_id
        )
    except EndpointMade as problem:
        flash(problem.message, "info")
        return redirect(f"{_LIST}/{form.id.data}", 303)
    except Problem as problem:
        form.refuse(problem)
        return _new_page(form), problem.status
    return _secret_page(made.id, secret, f"{made.name} is there")


@blueprint.get(_PATH, endpoint="webhook")
@page("admin:read")
def endpoint_page(endpoint_id: str) -> str:
    """Everything about one endpoint but its secret, with the last messages."""
    standing = caller()
    may_write = "admin:write" in standing.scopes
    shown = show_endpoint(endpoint_id)
    return _render(
        "webhook",
        shown,
        messages=show_messages(shown),
        may_write=may_write,
        needs_proof=may_write and not standing.is_freshly_proved,
    )


@blueprint.get(f"{_PATH}/edit", endpoint="edit_webhook")
@page("admin:write")
def show_edit(endpoint_id: str) -> str:
    """The form with what the endpoint is."""
    return _edit_page(show_endpoint(endpoint_id))


@blueprint.post(f"{_PATH}/edit", endpoint="send_edit_webhook")
@_writes
def send_edit(endpoint_id: str) -> Any:
    """Change name, address and events."""
    shown, form = show_endpoint(endpoint_id), EndpointForm()
    if not form.is_sent():
        return _edit_page(shown, form), 422
    try:
        is_new = service.change_endpoint(
            endpoint_id,
            require_words(**form.typed),
            version=form.version.data,
            actor_id=caller().account_id,
        )
    except EndpointChanged as problem:
        # What was typed here is out of date: show how things stand.
        return _edit_page(show_endpoint(endpoint_id), refusal=problem), problem.status
    except Problem as problem:
        form.refuse(problem)
        return _edit_page(show_endpoint(endpoint_id), form), problem.status
    if is_new:
        goes = " Messages that wait go to the address it has now." if show_endpoint(endpoint_id).opens else ""
        flash(f"The endpoint is saved.{goes}", "good")
    else:
        flash("The endpoint is so already. Nothing was changed.", "info")
    return redirect(f"{_LIST}/{endpoint_id}", 303)


@blueprint.get(f"{_PATH}/secret", endpoint="replace_webhook_secret")
@page("admin:write")
def show_replace_secret(endpoint_id: str) -> str:
    """What another secret does, before it is made."""
    shown = show_endpoint(endpoint_id)
    return _replace_page(shown, ReplaceSecretForm(formdata=None, version=str(shown.row.version)))


@blueprint.post(f"{_PATH}/secret", endpoint="send_webhook_secret")
@_writes
def send_replace_secret(endpoint_id: str) -> Any:
    """Make another secret, and show it once; reloading that page must not make one more."""
    shown, form = show_endpoint(endpoint_id), ReplaceSecretForm()
    if not form.is_sent():
        return _replace_page(shown, form), 422
    try:
        secret = service.replace_secret(
            endpoint_id,
            version=form.version.data,
            # A former one that cannot be opened could not sign either.
            ends_former=form.ends_former.data or not shown.opens,
            actor_id=caller().account_id,
        )
    except EndpointChanged as problem:
        flash(problem.message, "info")
        return redirect(f"{_LIST}/{endpoint_id}", 303)
    return _secret_page(endpoint_id, secret, f"New secret of {shown.row.name}")


@blueprint.post(f"{_PATH}/turn-<any(on, off):state>", endpoint="turn_webhook")
@_writes
def turn(endpoint_id: str, state: str) -> Any:
    """Turn it on or off."""
    was_other = service.turn(endpoint_id, is_enabled=state == "on", actor_id=caller().account_id)
    if not was_other:
        flash(f"The endpoint was turned {state} before.", "info")
    elif state == "on":
        flash("The endpoint is turned on. Send a test to see that it takes messages.", "good")
    else:
        flash("The endpoint is turned off. What happens now is not kept for it.", "good")
    return redirect(f"{_LIST}/{endpoint_id}", 303)


@blueprint.get(f"{_PATH}/delete", endpoint="delete_webhook")
@page("admin:write")
def show_delete(endpoint_id: str) -> str:
    """What deleting does, before it is done."""
    return _render("webhook_delete", show_endpoint(endpoint_id), form=DeleteNamedForm(formdata=None))


@blueprint.post(f"{_PATH}/delete", endpoint="send_delete_webhook")
@_writes
def send_delete(endpoint_id: str) -> Any:
    """Delete it, once its name was typed."""
    form = DeleteNamedForm()
    try:
        shown = show_endpoint(endpoint_id)
        name = shown.row.name
        if not form.is_sent() or not form.names(name, "endpoint"):
            return _render("webhook_delete", shown, form=form), 422
        service.delete_endpoint(endpoint_id, actor_id=caller().account_id)
    except EndpointNotFound:
        flash("There is no such endpoint: it was deleted before.", "info")
        return redirect(_LIST, 303)
    flash(f"The endpoint {name} is deleted.", "good")
    return redirect(_LIST, 303)


def _new_page(form: NewEndpointForm) -> str:
    return _render("webhook_new", form=form, notes=_offer_events(form))


def _edit_page(shown: ShownEndpoint, form: EndpointForm | None = None, refusal: Problem | None = None) -> str:
    if form is None:
        words = asdict(service.words_of(shown.row))
        form = EndpointForm(formdata=None, version=str(shown.row.version), **words)
    if refusal is not None:
        form.refuse(refusal)
    return _render("webhook_edit", shown, form=form, notes=_offer_events(form))


def _replace_page(shown: ShownEndpoint, form: ReplaceSecretForm) -> str:
    return _render("webhook_replace", shown, form=form)


def _secret_page(endpoint_id: str, secret: str, heading: str) -> str:
    return _render("webhook_secret", show_endpoint(endpoint_id), secret=secret, heading=heading)


def _offer_events(form: EndpointForm) -> dict[str, str]:
    notes = notes_of(form.events.data or [])
    form.events.choices = [(each, each) for each in notes]
    return notes


def _render(template: str, shown: ShownEndpoint | None = None, **values: Any) -> str:
    return render_template(f"admin/{template}.html", shown=shown, me=caller().account, **values)
